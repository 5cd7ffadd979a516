"""Shipped mappings on rows as the vendors' interfaces answer, made up here: the traps of each vendor, one by one."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from intake_company import Company

from ingestion.contract import load_contracts
from ingestion.extract_set import ExtractSet
from ingestion.mapping_files import load_mappings


def _ms(day: int, hour: int = 1) -> str:
    return str(int(datetime(2024, 5, day, hour, tzinfo=UTC).timestamp() * 1000))


def _s(day: int, hour: int = 1) -> str:
    return _ms(day, hour)[:-3]


FEISHU = {
    "instance_code": "F1",
    "serial_number": "2024050100001",
    "approval_code": "T1",
    "approval_name": "合同审批",
    "user_id": "u1",
    "status": "APPROVED",
    "reverted": True,
    "start_time": _ms(1),
    "end_time": _ms(3),
    # A list written into one string.
    "form": json.dumps([{"id": "w1", "name": "金额", "type": "number", "value": 120000}]),
    "task_list": [{"id": "t1", "node_id": "n1", "node_name": "总监", "user_id": "u2", "status": "APPROVED",
                   "start_time": _ms(1), "end_time": _ms(2)}],
    "timeline": [{"type": "START", "user_id": "u1", "create_time": _ms(1)},
                 {"type": "PASS", "user_id": "u2", "create_time": _ms(2), "comment": "同意"}],
}  # fmt: skip
WECOM = {
    "sp_no": "202405010001", "sp_name": "折扣审批", "template_id": "T2", "sp_status": 6, "apply_time": int(_s(1)),
    "applyer": {"userid": "u1", "partyid": "3"},
    "sp_record": [{"sp_status": 2, "approverattr": 1}, {"sp_status": 4, "approverattr": 2}],
    "apply_data": {"contents": [{"id": "Text-1", "title": "折扣", "control": "Text", "value": {"text": "8%"}}]},
}  # fmt: skip
TENCENT = {
    "meeting_id": "1234567890123456789", "meeting_code": "123456789", "subject": "方案沟通",
    "schedule_start_time": _s(1), "schedule_end_time": "0",
    "participants": [
        {"userid": "u1", "uuid": "s1", "user_name": base64.b64encode("王芳".encode()).decode(), "join_time": _s(1, 2),
         "left_time": _s(1, 3), "phone": "a" * 64, "user_role": 2},
        {"userid": "", "uuid": "s2", "user_name": base64.b64encode("客户".encode()).decode(), "join_time": _s(1, 1),
         "left_time": "0", "user_role": 0},
    ],
}  # fmt: skip
DINGTALK = {
    "corpid": "c1", "process_instance_id": "D1", "process_code": "P1",
    "process_instance": {
        "business_id": "202405011234", "title": "王芳提交的合同审批", "status": "COMPLETED", "result": "refuse",
        "originator_userid": "u1", "originator_dept_id": "-1", "create_time": "2024-05-01 09:00:00",
        "finish_time": "2024-05-02 10:00:00", "tasks": [], "operation_records": [],
        "form_component_values": [{"id": "f1", "name": "合同金额", "component_type": "MoneyField", "value": "null"}],
    },
}  # fmt: skip
CONTACT = {
    "external_contact": {"external_userid": "wm1", "name": "王芳", "corp_name": "华强电子", "type": 2, "gender": 2},
    "follow_user": [{"userid": "u1", "createtime": int(_s(1)), "add_way": 1, "state": "ads"},
                    {"userid": "u2", "createtime": int(_s(2)), "add_way": 3}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("mapping", "file", "content", "query", "expected"),
    [
        ("feishu_approval", "a.jsonl", FEISHU,
         "select status, result_raw, created_at::varchar, finished_at::varchar from raw.oa__approval_instance",
         [("approved_then_revoked", "reverted", "2024-05-01 01:00:00+00", "2024-05-03 01:00:00+00")]),
        ("feishu_approval", "a.jsonl", FEISHU,
         "select event_seq, event_type, remark from raw.oa__approval_event order by 1",
         [("1", "submit", None), ("2", "approve", "同意")]),
        ("feishu_approval", "a.jsonl", FEISHU,
         "select component_name, value_text from raw.oa__approval_form_value", [("金额", "120000")]),
        ("wecom_approval", "a.jsonl", WECOM,
         "select instance_id, approval_kind, status, created_at::varchar from raw.oa__approval_instance",
         [("202405010001", "discount", "approved_then_revoked", "2024-05-01 01:00:00+00")]),
        ("wecom_approval", "a.jsonl", WECOM,
         "select task_id, status, task_type from raw.oa__approval_task order by 1",
         [("1", "approved", "any_of"), ("2", "transferred", "all_of")]),
        ("wecom_external_contact", "a.jsonl", CONTACT,
         "select follow_userid, corp_name, created_at::varchar from raw.crm__external_contact order by 1",
         [("u1", "华强电子", "2024-05-01 01:00:00+00"), ("u2", "华强电子", "2024-05-02 01:00:00+00")]),
        # The meeting begins with the first who joins; nobody knows its end while a guest is still there.
        ("tencent_meeting_participants", "a.jsonl", TENCENT,
         "select meeting_id, started_at::varchar, ended_at::varchar from raw.mtg__meeting",
         [("1234567890123456789", "2024-05-01 01:00:00+00", "2024-05-01 03:00:00+00")]),
        ("tencent_meeting_participants", "a.jsonl", TENCENT,
         "select session_key, length(display_name), left_at is null from raw.mtg__attendee order by 1",
         [("s1", 32, False), ("s2", 32, True)]),
        # Completed says nothing: the result does. The title begins with a person's name.
        ("dingtalk_approval", "a.jsonl", DINGTALK,
         "select instance_id, status, title, created_at::varchar from raw.oa__approval_instance",
         [("D1", "rejected", None, "2024-05-01 01:00:00+00")]),
        ("dingtalk_approval", "a.jsonl", DINGTALK,
         "select component_name, value_text from raw.oa__approval_form_value", [("合同金额", None)]),
        ("taobao_order_items", "a.csv", "主订单编号,子订单编号,标题,价格,购买数量,商家编码,退款状态,退款金额\n"
         '"=""193""","=""1931""",杯子,598元,2,SKU1,没有申请退款,无退款金额\n',
         "select order_id, line_id, unit_price::varchar, quantity, refund_amount from raw.ec__order_item",
         [("193", "1931", "598.0000", 2, None)]),
        # The first three letters of what an activity is about tell a deal from anything else.
        ("salesforce_api_task", "a.csv",
         "Id,WhatId,OwnerId,TaskSubtype,ActivityDate,CreatedDate,SystemModstamp,IsDeleted\n"
         "00T1,006A,u1,Call,2024-05-01,2024-05-01T01:00:00.000Z,2024-05-01T01:00:00.000Z,false\n"
         "00T2,001A,u1,,2024-05-01,2024-05-01T01:00:00.000Z,2024-05-01T01:00:00.000Z,true\n",
         "select activity_id, activity_type, opportunity_id, is_deleted from raw.crm__activity order by 1",
         [("00T1", "call", "006A", False), ("00T2", "task", None, True)]),
        ("salesforce_api_opportunity", "a.csv",
         "Id,Name,AccountId,OwnerId,StageName,Amount,Probability,CloseDate,IsClosed,IsWon,CreatedDate,SystemModstamp,IsDeleted\n"
         "006A,A,001A,u1,Closed Won,5.5,100,2024-05-01,true,true,2024-04-01T01:00:00Z,2024-05-01T01:00:00Z,false\n"
         "006B,B,001A,u1,Qualification,7,10,2024-06-01,false,false,2024-04-01T01:00:00Z,2024-05-01T01:00:00Z,false\n",
         "select opportunity_id, stage_code, probability::varchar, closed_on::varchar "
         "from raw.crm__opportunity order by 1",
         [("006A", "contract_signed", "1.000000", "2024-05-01"), ("006B", "lead_acquisition", "0.100000", None)]),
    ],
    ids=lambda value: value if isinstance(value, str) and "_" in value and " " not in value else None,
)  # fmt: skip
def test_trap_of_a_vendor(
    company: Company,
    mapping: str,
    file: str,
    content: str | dict[str, object],
    query: str,
    expected: list[tuple[object, ...]],
) -> None:
    mappings = load_mappings()
    source = load_contracts()[mappings[mapping].outputs[0].entity].source
    extract_set = ExtractSet.model_validate(
        {
            "extract_set": "vendor",
            "description": "One file.",
            "sources": {source: {"system": "vendor", "business_zone": "Asia/Shanghai", "currency": "CNY"}},
            "files": [{"path": file, "mapping": mapping, "source": source}],
        }
    )
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False) + "\n"
    company.deliver({file: text})
    outcome = company.take_in(mappings=tuple(mappings.values()), extract_set=extract_set)[file]
    assert outcome.status == "loaded", outcome.message
    assert outcome.rows_quarantined == 0, company.rows("select reason_codes from quarantine.ec__order_item")
    assert company.rows(query) == expected


def test_list_that_cannot_be_read_refuses_the_file(company: Company) -> None:
    """How many rows are in it nobody can say, so that none may be passed over."""
    broken = {**FEISHU, "form": '[{"id": "w1", "na'}
    extract_set = ExtractSet.model_validate(
        {
            "extract_set": "vendor",
            "description": "One file.",
            "sources": {"oa": {"system": "feishu", "business_zone": "Asia/Shanghai", "currency": "CNY"}},
            "files": [{"path": "a.jsonl", "mapping": "feishu_approval", "source": "oa"}],
        }
    )
    company.deliver({"a.jsonl": json.dumps(FEISHU) + "\n" + json.dumps(broken) + "\n"})
    outcome = company.take_in(mappings=tuple(load_mappings().values()), extract_set=extract_set)["a.jsonl"]
    assert outcome.status == "rejected"
    assert "a.jsonl: 1 records hold something else than a list in form" in str(outcome.message)
    assert company.rows("select count(*) from raw.oa__approval_instance") == [(0,)]
