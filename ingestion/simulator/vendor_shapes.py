"""A part of the extracts as vendors export it: other names, encodings and nestings, read through shipped mappings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ingestion.simulator.entities_other import SHOP_ORDERS


@dataclass(frozen=True)
class VendorShape:
    """One vendor's export: rows as known before ``@cut``, with ``_known`` beside the vendor's own columns.

    ``covers`` are the contracts whose rows it carries, ``order`` puts them in order.
    """

    mapping: str
    source: str
    system: str
    covers: tuple[str, ...]
    file: str
    kind: Literal["csv", "gb18030", "json"]
    order: str
    query: str
    is_snapshot: bool = False


_SECONDS = "(epoch({0} - interval 8 hour)::bigint)::varchar"
_ZULU = "strftime({0} - interval 8 hour, '%Y-%m-%dT%H:%M:%SZ')"


def _s(expression: str) -> str:
    return _SECONDS.format(expression)


def _z(expression: str) -> str:
    return _ZULU.format(expression)


_TAOBAO_ORDERS = f"""
    select '="' || format('E{{:015d}}', o) || '"' as "订单编号", format('B{{:011d}}', b) as "买家会员名",
        format('b{{:011d}}@example.com', b) as "买家支付宝账号", yuan(total_fen) as "买家应付货款", 0.00::decimal(18,
            2) as "买家应付邮费",
        0 as "买家支付积分", yuan(total_fen) as "总金额", 0 as "返点积分",
        case when status in ('paid', 'completed') then yuan(total_fen) else 0::decimal(18, 2) end as "买家实际支付金额",
        case status when 'completed' then '交易成功' when 'paid' then '买家已付款，等待卖家发货' when 'closed'
            then '交易关闭'
            else '等待买家付款' end as "订单状态",
        null as "买家留言", format('示例收货人{{:011d}}', b) as "收货人姓名", province || '示例路1号' as "收货地址 ",
        '''' || format('1660{{:07d}}', b % 10000000) as "联系手机", strftime(created_at, '%Y-%m-%d %H:%M:%S')
            as "订单创建时间",
        strftime(seen(paid_at, @cut), '%Y-%m-%d %H:%M:%S') as "订单付款时间 ", null as "订单备注",
        case when status = 'closed' then '买家取消' else '订单未关闭' end as "订单关闭原因", changed_at as _known
    from ({SHOP_ORDERS}) where platform = 'taobao'"""

_TAOBAO_ITEMS = """
    select format('E{:015d}', l.o) as "主订单编号", format('E{:015d}-{}', l.o, line_no) as "子订单编号", title
        as "标题",
        yuan(unit_fen) as "价格", quantity as "购买数量", product_id as "商家编码", null as "商品属性",
        null as "退款状态", null as "退款金额", l.created_at as _known
    from shop_line as l join (select o, platform from shop_order) using (o)
    where l.created_at < @cut and platform = 'taobao'"""

_TENCENT = f"""
    select format('M{{:013d}}', m) as meeting_id, format('{{:09d}}', m % 1000000000) as meeting_code, '客户沟通'
        as subject,
        {_s("started_at")} as schedule_start_time, {_s("ended_at")} as schedule_end_time, false as has_remaining,
        list({{'userid': case when n = 1 then uid(person) else '' end, 'uuid': format('S{{}}', n),
            'user_name': base64(encode(format('示例参会人{{:013d}}', name_no))),
            'user_role': case when n = 1 then 2 else 0 end, 'join_time': {_s("started_at + to_minutes(n - 1)")},
            'left_time': {_s("ended_at")}}} order by n) as participants, ended_at as _known
    from attendee where platform = 'tencent' and ended_at < @cut
    group by m, started_at, ended_at"""

_ZOOM = f"""
    select 'report_meetings' as stream, {{'uuid': '', 'id': format('M{{:013d}}', m), 'host_id': uid(person), 'type': 2,
        'topic': '客户沟通', 'user_email': lower(uid(person)) || '@example.com', 'start_time': {_z("started_at")},
        'end_time': {_z("ended_at")}, 'duration': date_diff('minute', started_at, ended_at),
        'participants_count': people}}::json as data, m * 16 as k, ended_at as _known
    from meeting where platform = 'zoom' and ended_at < @cut
    union all
    select 'report_meeting_participants', {{'meeting_id': format('M{{:013d}}', m), 'user_id': format('S{{}}', n),
        'id': case when n = 1 then uid(person) else '' end, 'name': format('示例参会人{{:013d}}', name_no),
            'user_email': '',
        'join_time': {_z("started_at + to_minutes(n - 1)")}, 'leave_time': {_z("ended_at")},
        'duration': date_diff('second', started_at, ended_at) - 60 * (n - 1),
        'internal_user': n = 1}}::json, m * 16 + n, ended_at
    from attendee where platform = 'zoom' and ended_at < @cut"""

_DINGTALK = """
    select format('AX{:012d}', x) as process_instance_id, 'dealhouse-demo' as corpid, 'T-EXPENSE' as process_code,
        0 as errcode, {'business_id': format('{:012d}', x), 'originator_userid': uid(person), 'originator_dept_id': '1',
            'originator_dept_name': '销售', 'status': case when decided_at < @cut then 'COMPLETED' else 'RUNNING' end,
            'result': case when decided_at < @cut then 'agree' else '' end,
            'create_time': strftime(asked_at, '%Y-%m-%d %H:%M:%S'),
            'finish_time': strftime(seen(decided_at, @cut), '%Y-%m-%d %H:%M:%S'),
            'form_component_values': [{'name': '金额', 'value': yuan(fen)::varchar, 'component_type': 'MoneyField'}],
            'operation_records': list_filter([{'userid': uid(person), 'date': strftime(asked_at, '%Y-%m-%d %H:%M:%S'),
                'operation_type': 'START_PROCESS_INSTANCE', 'operation_result': 'NONE'},
                {'userid': uid(person), 'date': strftime(seen(decided_at, @cut), '%Y-%m-%d %H:%M:%S'),
                'operation_type': 'EXECUTE_TASK_NORMAL', 'operation_result': 'AGREE'}], lambda r: r.date is not null),
            'tasks': [{'userid': uid(person), 'taskid': format('{:012d}', x), 'task_status': case when decided_at < @cut
                then 'COMPLETED' else 'RUNNING' end, 'task_result': case when decided_at < @cut then 'AGREE'
                    else '' end,
                'create_time': strftime(asked_at, '%Y-%m-%d %H:%M:%S'),
                'finish_time': strftime(seen(decided_at, @cut), '%Y-%m-%d %H:%M:%S')}]} as process_instance,
        greatest(asked_at, seen(decided_at, @cut)) as _known
    from other_approval where asked_at < @cut"""

_WECOM = f"""
    select {{'external_userid': 'wm' || contact_id, 'name': format('示例联系人{{:013d}}', c), 'corp_name': account_name,
            'type': 1, 'gender': 1, 'unionid': 'un' || contact_id}} as external_contact,
        [{{'userid': uid(o.person), 'remark': '客户', 'remark_corp_name': account_name, 'add_way': 2, 'state': '',
            'createtime': {_s("contact.created_at + interval 3 day")}}}] as follow_user, null::timestamp as _known
    from contact join account using (account_no)
    join (select account_no, arg_max(first_owner, created_at) as person from opportunity
            where created_at < @cut group by account_no) as o
        using (account_no)
    where u('contact.wecom', c) < 0.46 and contact.created_at + interval 3 day < @cut"""

_HUBSPOT = """
    select format('G{:018d}', ev) as id, strftime(ts - interval 8 hour, '%Y-%m-%d %H:%M:%S') as created,
        campaign_id as email_campaign_id, upper(action) as type, false as filtered_event,
        format('c{}@example.com', account_no * 4 + 1) as recipient, ts as _known
    from engagement where ts < @cut"""

VENDOR_SHAPES = (
    VendorShape("taobao_orders", "ecommerce", "shop", ("ec.order",), "ExportOrderList.csv", "gb18030", '"订单编号"',
                _TAOBAO_ORDERS),
    VendorShape("taobao_order_items", "ecommerce", "shop", ("ec.order_item",), "ExportOrderDetailList.csv", "gb18030",
                '"子订单编号"', _TAOBAO_ITEMS),
    VendorShape("tencent_meeting_participants", "meetings", "meetings", ("mtg.meeting", "mtg.attendee"),
                "participants.jsonl", "json", "meeting_id", _TENCENT),
    VendorShape("zoom_meetings", "meetings", "meetings", ("mtg.meeting", "mtg.attendee"), "reports.jsonl", "json", "k",
                _ZOOM),
    VendorShape("dingtalk_approval", "oa", "oa", ("oa.approval_instance",), "processinstances.jsonl", "json",
                "process_instance_id", _DINGTALK),
    VendorShape("wecom_external_contact", "crm", "crm", ("crm.external_contact",), "externalcontacts.jsonl", "json",
                "external_contact.external_userid", _WECOM, is_snapshot=True),
    VendorShape("hubspot_email_event", "ecommerce", "mailing", ("mk.engagement",), "email_event.csv", "csv", "id",
                _HUBSPOT),
)  # fmt: skip
