"""The extract files of a small invented company, so that everything can be tried without anybody's data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from ingestion.example_tables import STATEMENTS
from warehouse.sql_text import quote_literal

EXAMPLE_LOAD_DATE = date(2025, 1, 1)
EXAMPLE_AS_OF = date(2024, 12, 31)
EXTRACT_SET = "example_company"
# On purpose: two opportunities, an approval, an order and a line without a key or with an unreadable amount.
UNREADABLE_ROWS = 5

# file -> query. Empty cells are NULL; dates ISO; times local to Asia/Shanghai.
FILES: dict[str, str] = {
    "crm/users.csv": """
        select user_id, display_name as name, region,
          case when user_id <> manager_user_id then manager_user_id end as manager_user_id,
          left_on is null as is_active, hired_on, left_on, timestamp '2024-12-31 18:00:00' as updated_at
        from rep order by user_id""",
    "crm/accounts.csv": """
        select account_id as 客户编号, format('示例{}公司{:03d}', industry, account_no) as 客户名称,
          case when draw('no_industry', account_no) < 0.04
            then pick(['未知', '待补充'], draw('filler', account_no))
            else industry end as 行业,
          split_part(place, '/', 1) as 省份,
          case when draw('no_city', account_no) < 0.05 then '待补充'
            else split_part(place, '/', 2) end as 城市,
          '中国' as 国家,
          case when draw('no_revenue', account_no) >= 0.2
            then (800 + 60000 * pow(draw('revenue', account_no), 3))::decimal(18, 2) end as "年营收(万元)",
          case when draw('no_staff', account_no) >= 0.15
            then 20 + floor(3000 * pow(draw('staff', account_no), 3))::integer end as 员工数,
          case when account_no > 20 and draw('child', account_no) < 0.05
            then format('A{:04d}', 1 + floor(20 * draw('parent', account_no))::integer) end as 上级客户编号,
          -- No area code starts with 000: nobody can be called by mistake.
          case when draw('no_phone', account_no) >= 0.12
            then format('000-0000-{:04d}', account_no) end as 电话,
          format('U{:02d}', (region_no - 1) * 6 + 1 + account_no % 6) as 负责人,
          coalesce(first_at, timestamp '2021-06-01 10:00:00') - to_days(account_no::integer % 9) as 创建时间,
          coalesce(last_at, timestamp '2021-06-01 10:00:00') as 更新时间,
          case when draw('deleted', account_no) < 0.01 then '是' else '否' end as 已删除,
          '示例数据' as 备注
        from account
        left join (
          select account_id, at_working_time(min(w_created)) as first_at,
            at_working_time(max(w_last)) as last_at
          from opportunity group by account_id) using (account_id)
        order by account_id""",
    "crm/products.csv": """
        select product_id, product_name, series, list_price::decimal(18, 2) as list_price, 'CNY' as currency
        from product order by product_id""",
    "crm/opportunities.csv": """
        select opportunity_id, format('{}-{}', opportunity_id, product_id) as opportunity_name,
          case when is_open and stage <= 3 and draw('no_account', i) < 0.35 then null
            else account_id end as account_id,
          owner_user_id, names[stage] as stage, product_id,
          case when is_open and stage = 1 and draw('no_amount', i) < 0.3 then null
            else amount end::varchar as amount,
          'CNY' as currency,
          case when draw('no_channel', i) < 0.05 then '未知' else channel end as lead_source,
          case when draw('no_plan', i) >= 0.1 then at_working_time(w_created)::date + 30
            + floor(60 * draw('plan', i))::integer end as expected_close_on,
          at_working_time(w_engaged)::date as engaged_on, at_working_time(w_closed)::date as closed_on,
          at_working_time(w_created) as created_at, at_working_time(w_last) as updated_at,
          draw('deleted_deal', i) < 0.004 as is_deleted
        from (
          select *, w_closed is null as is_open,
            ['线索获取', '需求分析', '方案定制', '商务谈判', '合同签订', '售后跟进', '输单'] as names
          from opportunity)
        union all
        select 'O90001', '金额无法识别', 'A0001', 'U01', '方案定制', 'P01', 'abc', 'CNY', '官网', null, null,
          null, timestamp '2024-06-03 10:00:00', timestamp '2024-06-03 10:00:00', false
        union all
        select null, '没有编号', 'A0002', 'U02', '需求分析', 'P02', '1000.00', 'CNY', '展会', null, null,
          null, timestamp '2024-06-04 10:00:00', timestamp '2024-06-04 10:00:00', false
        order by opportunity_id nulls last""",
    "crm/stage_history.csv": """
        select opportunity_id, from_stage, to_stage, changed_at, owner_user_id as changed_by
        from stage_event join lead using (i) order by changed_at, opportunity_id, stage""",
    "oa/approvals.csv": """
        with last_event as (
          select n, max_by(event_type, event_seq) as event_type, max(occurred_at) as updated_at,
            min(occurred_at) as created_at from approval_event group by n)
        select 'EXAMPLE' as corp_id, instance_id, format('SP-2025-{:05d}', n) as serial_no,
          case kind when 'contract' then 'T-CONTRACT' when 'discount' then 'T-DISCOUNT'
            else 'T-EXPENSE' end as template_code,
          case kind when 'contract' then '合同审批' when 'discount' then '折扣审批'
            else '费用报销' end as template_name,
          owner_user_id as originator, 'D' || substr(owner_user_id, 2) as dept_id,
          case when event_type in ('final_approve', 'request_payment', 'pay') then 'COMPLETED'
            when event_type = 'reject' and len(path) = 3 then 'REFUSED'
            when event_type = 'withdraw' then 'TERMINATED' else 'RUNNING' end as status,
          amount::varchar as amount, 'CNY' as currency,
          case when draw('no_deal', n) >= 0.12 then opportunity_id end as opportunity_id, created_at,
          case when status <> 'RUNNING' then updated_at end as finished_at, updated_at
        from approval join last_event using (n)
        union all
        select 'EXAMPLE', 'APR90001', 'SP-2025-90001', 'T-EXPENSE', '费用报销', 'U03', 'D03', 'RUNNING',
          '面议', 'CNY', null, timestamp '2024-07-01 10:00:00', null, timestamp '2024-07-01 10:00:00'
        order by instance_id""",
    "oa/approval_events.csv": """
        select 'EXAMPLE' as corp_id, instance_id, event_seq, event_type, actor_role, user_id, occurred_at
        from approval_event order by instance_id, event_seq""",
    "meetings/meetings.csv": """
        select case when location = 'Zoom' then 'zoom' when location = '飞书会议' then 'feishu'
          else 'tencent' end as platform,
          format('M{:05d}', m) as meeting_id, owner_user_id as host,
          format('K-{}', account_id) as counterpart_id,
          started_at, case when draw('no_end', m) >= 0.03
            then started_at + to_minutes(20 + 5 * floor(20 * draw('length', m))::integer) end as ended_at,
          location, '中国' as country, 2 + floor(9 * pow(draw('people', m), 2))::integer as participants,
          case when draw('unlinked', m) >= 0.15 then opportunity_id end as opportunity_id, account_id
        from meeting order by m""",
    "ecommerce/orders.csv": """
        with total as (
          select order_id, sum(line_amount)::decimal(18, 2) as total_amount from shop_line group by order_id)
        select platform, 'S1' as shop_id, order_id, buyer_id, 'CNY' as currency, total_amount,
          '中国' as ship_country, province as ship_province, 'finished' as status,
          created_at, paid_at, updated_at
        from shop_order join total using (order_id)
        union all select 'tmall', 'S1', null, 'B00001', 'CNY', 49.00, '中国', '上海', 'finished',
          timestamp '2024-08-01 12:00:00', timestamp '2024-08-01 12:01:00', timestamp '2024-08-03 12:00:00'
        order by order_id nulls last""",
    "ecommerce/order_items.csv": """
        select platform, 'S1' as shop_id, order_id, line_id, product_id, product_name as title, quantity,
          unit_price::varchar as unit_price, line_amount
        from shop_line
        union all select 'tmall', 'S1', 'E000001', 'E000001-9', 'P08', '耗材套装D2', 1, 'abc', null
        order by order_id, line_id""",
    "ecommerce/refunds.csv": """
        select platform, 'S1' as shop_id, refund_id, line_id, order_id, buyer_id, '中国' as ship_country,
          product_id, refunded_quantity as quantity, unit_price, amount, refunded_at
        from shop_refund order by refunded_at, refund_id""",
}
# DuckDB writes UTF-8 only; a Chinese CRM's export is what mappings must cope with.
ENCODINGS = {"crm/accounts.csv": "gb18030"}


@dataclass(frozen=True)
class ExampleFile:
    """One written file; ``rows`` counts its data rows, the unreadable ones included."""

    path: Path
    rows: int
    bytes: int


@dataclass(frozen=True)
class ExampleFiles:
    """The delivered folder: ``files`` in the order of ``FILES``."""

    folder: Path
    files: tuple[ExampleFile, ...]

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


def write_example(out_dir: Path, *, seed: int = 20240101) -> ExampleFiles:
    """Write the company's extracts of 2022 to 2024 below ``out_dir``; the same seed gives the same bytes.

    Files of that name are overwritten. The defaults are what the documentation's figures come from.
    """
    # One thread: the order of rows and the last digit of sums must not depend on the machine.
    with duckdb.connect(config={"threads": 1}) as con:
        # Not bound: binding a value makes DuckDB 1.5 import pandas, a quarter of the time spent here.
        con.execute(f"set variable seed = {int(seed)}")
        for statement in STATEMENTS:
            con.execute(statement)
        return ExampleFiles(out_dir, tuple(_write_file(con, out_dir, name, sql) for name, sql in FILES.items()))


def _write_file(con: duckdb.DuckDBPyConnection, out_dir: Path, name: str, sql: str) -> ExampleFile:
    path = out_dir / name
    path.parent.mkdir(parents=True, exist_ok=True)
    copied = con.execute(f"copy ({sql}) to {quote_literal(str(path))} (format csv, header)").fetchone()
    if encoding := ENCODINGS.get(name):
        path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))
    return ExampleFile(path, copied[0] if copied else 0, path.stat().st_size)
