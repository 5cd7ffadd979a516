-- Grain: one row per channel, end of a window and customer that bought in the base months before the window.
-- Rule: base = bought in [end - window - base, end - window), left = no order in [end - window, end). The months are
-- rules of seed customer_rule; windows end with the calendar year and only where the source covers them. Plan 3.4
-- (C8).
with

movements as (
    select * from {{ ref('int_customer_movement') }}
    where is_order
),

rules as (
    select * from {{ ref('int_customer_rule') }}
),

tiers as (
    select * from {{ ref('int_value_tier') }}
    where is_key_account
),

coverage as (
    select
        case source when 'crm' then 'contract' else 'shop' end as order_channel,
        max(data_through) as data_through
    from {{ ref('int_source_setting') }}
    where source in ('crm', 'ecommerce')
    group by source
),

first_years as (
    select order_channel, min(moved_on) as first_on from movements
    group by order_channel
),

windows as (
    select
        coverage.order_channel,
        cast(unnest(generate_series(
            date_trunc('year', first_years.first_on) + interval 1 year,
            cast(coverage.data_through + 1 as timestamp),
            interval 1 year
        )) as date) as window_end
    from coverage
    inner join first_years on coverage.order_channel = first_years.order_channel
),

bounds as (
    select
        windows.order_channel,
        windows.window_end,
        cast(windows.window_end - to_months(rules.churn_window_months) as date) as window_start,
        cast(windows.window_end - to_months(rules.churn_window_months + rules.churn_base_months) as date)
            as base_start
    from windows
    cross join rules
),

based as (
    select
        bounds.order_channel,
        bounds.base_start,
        bounds.window_start,
        bounds.window_end,
        movements.survivor_customer_id as customer_id,
        cast(sum(movements.net_fen) filter (where movements.moved_on < bounds.window_start) as bigint) as base_fen,
        min(movements.currency) filter (where movements.moved_on < bounds.window_start) as currency,
        not bool_or(movements.moved_on >= bounds.window_start) as has_left
    from bounds
    inner join movements
        on
            bounds.order_channel = movements.order_channel
            and bounds.base_start <= movements.moved_on
            and bounds.window_end > movements.moved_on
    group by all
    having bool_or(movements.moved_on < bounds.window_start)
),

key_bounds as (
    select currency, min_by(low_fen, tier_order) as low_fen, min_by(inclusive, tier_order) as inclusive
    from tiers
    where valid_to is null
    group by currency
),

final as (
    select
        based.*,
        coalesce(
            based.base_fen > key_bounds.low_fen or (key_bounds.inclusive and based.base_fen = key_bounds.low_fen),
            false
        ) as is_key_account
    from based
    left join key_bounds on based.currency = key_bounds.currency
)

select * from final
