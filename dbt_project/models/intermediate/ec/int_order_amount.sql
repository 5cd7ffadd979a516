-- Grain: one row per order that has a header or lines; deleted orders are out, with their lines.
-- Rule: the value of an order is the sum of its lines; the header's total stands in only where no line came.
-- Lines without a header are kept (has_header = false): their money is real, their date is not known.
with

headers as (
    select * from {{ ref('stg_ec__order') }}
),

status_rules as (
    select * from {{ ref('order_status_rule') }}
),

line_sums as (
    select
        source_system,
        platform,
        shop_id,
        order_id,
        count(*) as line_count,
        cast(sum(line_fen) as bigint) as lines_fen
    from {{ ref('int_order_line_amount') }}
    group by all
),

joined as (
    select
        source_system,
        platform,
        shop_id,
        order_id,
        headers.order_id is not null as has_header,
        coalesce(headers.is_deleted, false) as is_header_deleted,
        headers.status,
        headers.total_amount_fen as stated_fen,
        coalesce(line_sums.line_count, 0) as line_count,
        coalesce(line_sums.lines_fen, headers.total_amount_fen, 0) as gross_fen,
        case when line_sums.order_id is not null then 'lines' else 'header' end as amount_basis
    from headers
    full outer join line_sums using (source_system, platform, shop_id, order_id)
),

final as (
    select
        joined.source_system,
        joined.platform,
        joined.shop_id,
        joined.order_id,
        joined.has_header,
        joined.status,
        joined.stated_fen,
        joined.line_count,
        joined.gross_fen,
        joined.amount_basis,
        coalesce(status_rules.is_cancelled, false) as is_cancelled
    from joined
    left join status_rules on lower(joined.status) = status_rules.status
    where not joined.is_header_deleted
)

select * from final
