"""Proposing a mapping: right headers, right entity, honest confidence, and a file that loads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingestion.contract import load_contracts
from ingestion.mapping_files import check_mapping_file, load_mappings
from ingestion.suggest.file_sample import sample_file
from ingestion.suggest.proposal import Proposal, find_known_mapping, propose
from ingestion.suggest.proposal_yaml import make_name, render_proposal
from ingestion.suggest.vocabulary import Vocabulary, plain_words, to_sense
from ingestion.trial import try_mapping
from orchestration.cli import main
from warehouse.errors import ConfigError, DeliveryError

DEALS = """\
销售一部商机清单,,,,,,,,
导出时间：2024-06-30 18:00,,,,,,,,
商机编号,商机名称,客户名称,负责人,销售阶段,预计金额(万元),赢率,创建日期,备注
S001,ERP 升级,华强电子,王芳,商务谈判,126.5,60%,2024/3/5,等预算批复
S002,数据中台,江南纺织,李强,赢单,88,100%,2024年1月8日,
S004,移动审批,华强电子,赵敏,需求确认,１２,20%,2024.5.6,电话 13800001234
"""
ORDERS = """\
Platform,Shop ID,Order No.,Total Amount,Order Date
tmall,s1,1930001,598.00,15/01/2024
tmall,s1,1930002,12,16/01/2024
"""


def _propose(path: Path, content: str | bytes, *, entity: str | None = None) -> Proposal:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    contracts = load_contracts()
    vocabulary = Vocabulary(contracts, load_mappings())
    return propose(sample_file(path, vocabulary=vocabulary.headers), contracts, vocabulary, entity=entity)


def _pairs(proposal: Proposal) -> dict[str, str]:
    return {proposed.column.name: proposed.header for proposed in proposal.columns}


def test_chinese_export_with_a_preamble_in_gb18030_is_understood(tmp_path: Path) -> None:
    proposal = _propose(tmp_path / "商机导出.csv", DEALS.encode("gb18030"))
    assert proposal.contract.entity == "crm.opportunity"
    assert _pairs(proposal) == {
        "opportunity_id": "商机编号",
        "opportunity_name": "商机名称",
        "account_id": "客户名称",
        "owner_user_id": "负责人",
        "stage_code": "销售阶段",
        "amount": "预计金额(万元)",
        "probability": "赢率",
        "created_at": "创建日期",
    }
    confidence = {proposed.column.name: proposed.confidence for proposed in proposal.columns}
    assert confidence["opportunity_name"] == 1.0
    # A name in the place of an identifier is a guess, and says so.
    assert confidence["account_id"] == 0.7
    assert [column.header for column in proposal.unplaced] == ["备注"]


def test_written_file_is_a_sound_mapping_that_loads_the_rows(tmp_path: Path) -> None:
    proposal = _propose(tmp_path / "商机导出.csv", DEALS.encode("gb18030"))
    written = tmp_path / "my_deals.yml"
    written.write_text(render_proposal(proposal, "my_deals"), encoding="utf-8")
    mapping, problems = check_mapping_file(written, load_contracts())
    assert problems == []
    assert mapping is not None
    trial = try_mapping(tmp_path / "商机导出.csv", mapping, load_contracts())
    assert trial.is_clean
    assert trial.outputs[0].rows_loaded == 3
    columns = yaml.safe_load(written.read_text(encoding="utf-8"))["outputs"][0]["columns"]
    assert columns["amount"] == {"from": "预计金额(万元)", "unit": "wan_yuan"}
    # Nothing of what stands in the cells gets into the file.
    assert "13800001234" not in written.read_text(encoding="utf-8")
    assert "华强电子" not in written.read_text(encoding="utf-8")


def test_order_of_day_and_month_is_read_off_the_values_or_asked_for(tmp_path: Path) -> None:
    proposal = _propose(tmp_path / "orders.csv", ORDERS)
    assert proposal.contract.entity == "ec.order"
    (created,) = [proposed for proposed in proposal.columns if proposed.column.name == "created_at"]
    assert created.formats[0] == "%d/%m/%Y"
    ambiguous = _propose(tmp_path / "orders.csv", ORDERS.replace("15/01", "05/01").replace("16/01", "06/01"))
    (asked,) = [proposed for proposed in ambiguous.columns if proposed.column.name == "created_at"]
    assert asked.formats == ()
    assert "day or month first" in str(asked.question)
    assert "DECIDE" in render_proposal(ambiguous, "orders")
    assert asked.confidence < created.confidence


def test_values_speak_against_a_header(tmp_path: Path) -> None:
    good = _propose(tmp_path / "a.csv", "account_id,account_name,employee_count\na1,A,12\na2,B,7\n")
    bad = _propose(tmp_path / "a.csv", "account_id,account_name,employee_count\na1,A,many\na2,B,few\n")
    assert "employee_count" in _pairs(good)
    assert "employee_count" not in _pairs(bad)


def test_missing_key_is_made_and_marked_and_a_part_of_a_key_must_be_named(tmp_path: Path) -> None:
    proposal = _propose(tmp_path / "l.csv", "联系人姓名,手机号码,线索来源\n王芳,13800001234,官网\n", entity="crm.lead")
    assert proposal.missing_key == ("lead_id",)
    text = render_proposal(proposal, "l")
    assert "lead_id: {key: file_row}  # DECIDE" in text
    orders = _propose(tmp_path / "o.csv", "order_id,total_amount\no1,5\n", entity="ec.order")
    assert "platform: {constant: to_be_named}  # DECIDE" in render_proposal(orders, "o")


def test_epochs_are_recognised_by_their_length(tmp_path: Path) -> None:
    content = '[{"lead_id": "l1", "created_at": 1704038400000}, {"lead_id": "l2", "created_at": 1706716800000}]'
    proposal = _propose(tmp_path / "leads.json", content, entity="crm.lead")
    (created,) = [proposed for proposed in proposal.columns if proposed.column.name == "created_at"]
    assert created.formats == ("epoch_ms",)


def test_objects_inside_of_objects_are_looked_into(tmp_path: Path) -> None:
    rows = [{"data": {"account_id": f"a{i}", "base": {"account_name": f"N{i}"}}} for i in range(3)]
    proposal = _propose(tmp_path / "accounts.json", json.dumps(rows))
    assert _pairs(proposal) == {"account_id": "data.account_id", "account_name": "data.base.account_name"}


def test_file_of_a_known_vendor_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "ExportOrderList.csv"
    headers = ["订单编号", "买家会员名", "买家应付货款", "总金额", "订单状态", "收货人姓名", "联系手机", "订单创建时间"]
    path.write_bytes((",".join(headers) + "\n" + ",".join(["x"] * len(headers)) + "\n").encode("gb18030"))
    mappings = load_mappings()
    vocabulary = Vocabulary(load_contracts(), mappings)
    known = find_known_mapping(sample_file(path, vocabulary=vocabulary.headers), mappings)
    assert known is not None
    assert (known.mapping, known.headers_known, known.headers) == ("taobao_orders", 8, 8)


@pytest.mark.parametrize(
    ("header", "words", "sense"),
    [
        ("CreatedDate", "created date", "created time"),
        ("created_at", "created at", "created time"),
        ("创建日期", "创建日期", "created time"),
        ("  预计金额（万元）", "预计金额", "预计 amount"),
        ("data.Order-No", "order no", "order id"),
        ("客户编号", "客户编号", "客户 id"),
    ],
)
def test_headers_are_compared_by_their_sense(header: str, words: str, sense: str) -> None:
    assert (plain_words(header), to_sense(header)) == (words, sense)


def test_names_of_mappings_are_made_of_file_names() -> None:
    assert make_name("Sales Export 2024.csv.gz", "crm.lead") == "sales_export_2024"
    assert make_name("客户清单.csv", "crm.account") == "my_crm_account"
    assert make_name("2024 客户.csv", "crm.account") == "my_crm_account"


def test_what_resembles_nothing_or_holds_nothing_is_refused_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--entity"):
        _propose(tmp_path / "x.csv", "qwx,zzv\n1,2\n")
    with pytest.raises(ConfigError, match=r"crm\.account"):
        _propose(tmp_path / "x.csv", "id\n1\n", entity="crm.acount")
    with pytest.raises(DeliveryError, match="no rows"):
        _propose(tmp_path / "x.csv", "account_id,account_name\n")


def test_command_writes_a_file_once_and_reports_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, home = tmp_path / "deals.csv", tmp_path / "home"
    data.write_text(DEALS, encoding="utf-8")
    command = ["mapping", "suggest", "--home", str(home), str(data), "--json"]
    assert main(command) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert answer["entity"] == "crm.opportunity"
    assert answer["unplaced"] == ["备注"]
    assert answer["trial"]["outputs"][0]["rows_loaded"] == 3
    assert (home / "mappings" / "deals.yml").is_file()
    # Now it is a mapping that is known; under its name another one is not written over it.
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)["known_mapping"]["mapping"] == "deals"
    assert main([*command, "--name", "deals"]) == 2
    assert "is there already" in capsys.readouterr().err
