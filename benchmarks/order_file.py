"""The file that loading is measured on: shop orders in the shape of their contract, written by one SQL statement.

It has every column of the contract but those with personal data; these come in a file of their own.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

#: Names and types as a careful user would declare them to DuckDB.
TYPES = {
    "platform": "VARCHAR",
    "shop_id": "VARCHAR",
    "order_id": "VARCHAR",
    "order_name": "VARCHAR",
    "currency": "VARCHAR",
    "goods_amount": "DECIMAL(18,2)",
    "shipping_amount": "DECIMAL(18,2)",
    "discount_amount": "DECIMAL(18,2)",
    "total_amount": "DECIMAL(18,2)",
    "paid_amount": "DECIMAL(18,2)",
    "settled_amount": "DECIMAL(18,2)",
    "status_raw": "VARCHAR",
    "status": "VARCHAR",
    "ship_country": "VARCHAR",
    "ship_province": "VARCHAR",
    "ship_city": "VARCHAR",
    "source_name": "VARCHAR",
    "referring_site": "VARCHAR",
    "utm_source": "VARCHAR",
    "utm_medium": "VARCHAR",
    "utm_campaign": "VARCHAR",
    "is_test": "BOOLEAN",
    "cancelled_at": "TIMESTAMPTZ",
    "cancel_reason": "VARCHAR",
    "created_at": "TIMESTAMPTZ",
    "paid_at": "TIMESTAMPTZ",
    "updated_at": "TIMESTAMPTZ",
}
PERSONAL = ("buyer_id", "buyer_name", "buyer_mobile", "buyer_email")

_ROW = """
    select 'tmall' as platform, 's' || (i % 3) as shop_id, cast(1930000000000 + i as varchar) as order_id,
        '#' || i as order_name, 'CNY' as currency,
        cast((hash(i) % 900000) / 100.0 + 10 as decimal(18,2)) as goods,
        timestamp '2023-01-01' + to_seconds(i * 6) as moment,
        case hash(i, 1) % 3 when 0 then '已付款' when 1 then '已发货' else '交易成功' end as status,
        case hash(i, 2) % 3 when 0 then '浙江省' when 1 then '广东省' else '北京市' end as province,
        case hash(i, 2) % 3 when 0 then '杭州市' when 1 then '深圳市' else '北京市' end as city
    from range({rows}) as r(i)"""


def write_order_file(path: Path, *, rows: int, personal: bool = False, dirty: bool = False) -> None:
    """Write the CSV; ``personal`` adds four columns to be tokenised, ``dirty`` dresses amounts and dates."""
    amount = (
        "case hash(i, 3) % 5 when 0 then '￥' || format('{:,.2f}', cast(total as double)) "
        "when 1 then format('{:.6f}', cast(total as double) / 10000) || '万元' "
        "when 2 then total || '元' else cast(total as varchar) end"
    )
    amount = amount.replace("total", "goods") if dirty else "goods"
    moment = (
        "case hash(i, 4) % 3 when 0 then strftime(moment, '%Y/%-m/%-d %-H:%M') "
        "when 1 then strftime(moment, '%Y年%-m月%-d日 %-H时%-M分') else strftime(moment, '%Y-%m-%d %H:%M:%S') end"
    )
    people = (
        ", 'b' || (i % 200000) as buyer_id, '王' || (i % 200000) as buyer_name, "
        "cast(13800000000 + i % 200000 as varchar) as buyer_mobile, "
        "'u' || (i % 200000) || '@example.com' as buyer_email"
    )
    plain = "strftime(moment, '%Y-%m-%d %H:%M:%S')"
    with duckdb.connect() as con:
        con.execute(
            f"""copy (
                select platform, shop_id, order_id, order_name, currency, goods as goods_amount,
                    0.00 as shipping_amount, 0.00 as discount_amount, {amount} as total_amount,
                    {amount} as paid_amount,
                    goods as settled_amount, status as status_raw, status, '中国' as ship_country,
                    province as ship_province, city as ship_city, 'app' as source_name,
                    'shop.example.com' as referring_site, 'u' || (i % 7) as utm_source, 'cpc' as utm_medium,
                    case when i % 3 = 0 then 'campaign ' || (i % 40) end as utm_campaign, 'false' as is_test,
                    null as cancelled_at, case when i % 20 = 0 then '七天无理由退货' end as cancel_reason,
                    {moment if dirty else plain} as created_at, {plain} as paid_at, {plain} as updated_at
                    {people if personal else ""}
                from (select *, cast(substr(order_name, 2) as bigint) as i from ({_ROW.format(rows=rows)}))
            ) to '{path}' (format csv, header)"""
        )
