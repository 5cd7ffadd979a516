-- Grain: one row per customer that stands for itself, calendar year, channel and currency with an order or a refund.
-- The tier is that of the year's purchase by the bounds of the year's end; NULL in a currency without bounds.
-- place ranks the customers of all channels by the year's purchase. Plan 2.1, 5.2 (C1 to C5, C7, C14).
with

movements as (
    select * from {{ ref('int_customer_movement') }}
),

tiers as (
    select * from {{ ref('int_value_tier') }}
),

years as (
    select
        survivor_customer_id as customer_id,
        order_channel,
        currency,
        cast(date_trunc('year', moved_on) as date) as year_start,
        cast(sum(net_fen) as bigint) as net_fen,
        count(*) filter (where is_order) as order_count
    from movements
    group by all
),

tiered as (
    select
        years.*,
        tiers.tier_code,
        tiers.name_zh as tier_name,
        tiers.tier_order,
        tiers.is_key_account,
        tiers.is_high_value,
        row_number() over (
            partition by years.customer_id, years.order_channel, years.currency, years.year_start
            order by tiers.tier_order desc nulls last
        ) as tier_age
    from years
    left join tiers
        on
            years.currency = tiers.currency
            and {{ kpi_period_end("'year'", 'years.year_start', 'years.year_start') }} >= tiers.valid_from
            and (
                tiers.valid_to is null
                or {{ kpi_period_end("'year'", 'years.year_start', 'years.year_start') }} < tiers.valid_to
            )
            and (
                tiers.low_fen is null
                or years.net_fen > tiers.low_fen
                or (tiers.inclusive and years.net_fen = tiers.low_fen)
            )
),

final as (
    select
        * exclude (tier_age),
        row_number() over (
            partition by currency, year_start
            order by net_fen desc, customer_id asc, order_channel asc
        ) as place
    from tiered
    where tier_age = 1
)

select * from final
