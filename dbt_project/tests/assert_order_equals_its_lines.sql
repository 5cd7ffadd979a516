-- An order that has lines is worth the sum of its lines, to the fen, and no line is without its order.
{{ config(meta={'dagster': {'ref': {'name': 'fct_order'}}}) }}

with

orders as (
    select * from {{ ref('fct_order') }}
),

line_sums as (
    select
        order_id,
        count(*) as line_count,
        sum(line_fen) as lines_fen
    from {{ ref('fct_order_line') }}
    group by order_id
)

select
    orders.*,
    line_sums.lines_fen
from orders
full outer join line_sums on orders.order_id = line_sums.order_id
where
    (orders.gross_fen is null)
    or (orders.amount_basis = 'lines' and orders.gross_fen is distinct from line_sums.lines_fen)
    or (orders.line_count is distinct from coalesce(line_sums.line_count, 0))
