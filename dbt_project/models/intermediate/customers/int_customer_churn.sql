-- Grain: one row per channel, end of a window and customer that bought in the base months before the window.
-- Rule: base = bought in [end - window - base, end - window), left = no order in [end - window, end). The months are
-- rules of seed customer_rule; windows end with the calendar year and only where the source covers them and their base
-- from the first day to the last. A key account is one by its purchase of the base months in the default currency, less
-- refunds, by the bounds of their last day. Plan 3.4 (C8).
with

movements as (
    select * from {{ ref('int_customer_movement') }}
),

rules as (
    select * from {{ ref('int_customer_rule') }}
),

tiers as (
    select * from {{ ref('int_value_tier') }}
    where is_key_account and currency = '{{ var("default_currency") }}'
),

coverage as (
    select * from {{ ref('int_channel_coverage') }}
),

windows as (
    select
        order_channel,
        covered_from,
        cast(unnest(generate_series(
            date_trunc('year', covered_from) + interval 1 year,
            cast(data_through + 1 as timestamp),
            interval 1 year
        )) as date) as window_end
    from coverage
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
    where windows.window_end - to_months(rules.churn_window_months + rules.churn_base_months) >= windows.covered_from
),

based as (
    select
        bounds.order_channel,
        bounds.base_start,
        bounds.window_start,
        bounds.window_end,
        movements.survivor_customer_id as customer_id,
        cast(coalesce(sum(movements.net_fen) filter (
            where movements.moved_on < bounds.window_start and movements.currency = '{{ var("default_currency") }}'
        ), 0) as bigint) as base_fen,
        not bool_or(movements.is_order and movements.moved_on >= bounds.window_start) as has_left
    from bounds
    inner join movements
        on
            bounds.order_channel = movements.order_channel
            and bounds.base_start <= movements.moved_on
            and bounds.window_end > movements.moved_on
    group by all
    having bool_or(movements.is_order and movements.moved_on < bounds.window_start)
),

key_bounds as (
    select
        bounds.order_channel,
        bounds.window_end,
        min_by(tiers.low_fen, tiers.tier_order) as low_fen,
        min_by(tiers.inclusive, tiers.tier_order) as inclusive
    from bounds
    inner join tiers
        on bounds.window_start > tiers.valid_from and (tiers.valid_to is null or bounds.window_start <= tiers.valid_to)
    group by all
),

final as (
    select
        based.*,
        coalesce(
            based.base_fen > key_bounds.low_fen or (key_bounds.inclusive and based.base_fen = key_bounds.low_fen),
            false
        ) as is_key_account
    from based
    left join key_bounds
        on based.order_channel = key_bounds.order_channel and based.window_end = key_bounds.window_end
)

select * from final
