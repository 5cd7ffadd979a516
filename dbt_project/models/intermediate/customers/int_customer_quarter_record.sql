-- Grain: one row per customer record with an order of a segmented channel and quarter from its first one on, whoever
-- stands for it.
-- order_dates are the days of the value window with an order, because two records of one customer may share one. Money
-- is in the default currency, by whose bounds the value tier is judged, NULL where the record has none. survivor_then
-- stands for the record at the end of the quarter, survivor_before stood for it at the end of the quarter before; a
-- record whose first order is in the quarter was nobody's before. The value window is whole quarters. Plan 5.2, 5.7.
with

quarters as (
    select * from {{ ref('int_segment_quarter') }}
),

segmented_channels as (
    select order_channel from {{ ref('channel_default') }}
    where is_segmented
),

movements as (
    select
        movements.*,
        cast(date_trunc('quarter', movements.moved_on) as date) as moved_quarter,
        movements.currency = '{{ var("default_currency") }}' as is_rated
    from {{ ref('int_customer_movement') }} as movements
    inner join segmented_channels on movements.order_channel = segmented_channels.order_channel
),

survivors as (
    select * from {{ ref('int_customer_quarter_survivor') }}
),

record_quarters as (
    select
        customer_id,
        moved_quarter,
        sum(net_fen) filter (where is_rated) as net_fen,
        list(distinct moved_on order by moved_on) filter (where is_order) as order_dates,
        min(moved_on) filter (where is_order) as first_order_on,
        max(moved_on) filter (where is_order) as last_order_on
    from movements
    group by all
),

summed as (
    select
        record_quarters.customer_id,
        quarters.quarter_start,
        quarters.quarter_end,
        quarters.previous_quarter_end,
        sum(record_quarters.net_fen) filter (where record_quarters.moved_quarter >= quarters.window_start)
            as window_fen,
        bool_or(record_quarters.net_fen is not null) as has_rated_money,
        flatten(
            list(record_quarters.order_dates order by record_quarters.moved_quarter)
            filter (where record_quarters.moved_quarter >= quarters.window_start)
        ) as order_dates,
        min(record_quarters.first_order_on) as first_order_on,
        max(record_quarters.last_order_on) as last_order_on
    from quarters
    inner join record_quarters on quarters.quarter_start >= record_quarters.moved_quarter
    group by all
    having min(record_quarters.first_order_on) is not null
),

final as (
    select
        summed.customer_id,
        summed.quarter_start,
        summed.quarter_end,
        case when summed.has_rated_money then cast(coalesce(summed.window_fen, 0) as bigint) end as window_fen,
        summed.order_dates,
        summed.first_order_on,
        summed.last_order_on,
        coalesce(now_is.survivor_customer_id, summed.customer_id) as survivor_then,
        case
            when summed.first_order_on > summed.previous_quarter_end
                then coalesce(now_is.survivor_customer_id, summed.customer_id)
            else coalesce(was.survivor_customer_id, summed.customer_id)
        end as survivor_before
    from summed
    left join survivors as now_is
        on
            summed.customer_id = now_is.customer_id
            and summed.quarter_start = now_is.quarter_start
            and now_is.basis = 'actual'
    left join survivors as was
        on
            summed.customer_id = was.customer_id
            and summed.quarter_start = was.quarter_start
            and was.basis = 'organic'
)

select * from final
