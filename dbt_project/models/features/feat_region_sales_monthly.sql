-- Grain: one row per region, source, currency and month, gap-free over the months of the source.
-- Rule: crm = won value by the owner's region and close month; ecommerce = orders less refunds by ship-to country.
with

opportunities as (
    select * from {{ ref('fct_opportunity') }}
    where outcome = 'won'
),

orders as (
    select * from {{ ref('fct_order') }}
    where not is_cancelled and ordered_on is not null
),

refunds as (
    select * from {{ ref('fct_refund_line') }}
    where not is_of_cancelled_order and refunded_on is not null
),

coverage as (
    select * from {{ ref('int_source_coverage') }}
),

movements as (
    select 'crm' as source, region_id, currency, closed_on as moved_on, won_fen as net_fen from opportunities
    union all
    select 'ecommerce' as source, region_id, currency, ordered_on as moved_on, gross_fen as net_fen from orders
    union all
    select 'ecommerce' as source, region_id, currency, refunded_on as moved_on, -refund_fen as net_fen from refunds
),

monthly as (
    select
        source,
        region_id,
        currency,
        {{ month_start('moved_on') }} as period_start,
        sum(net_fen) as net_fen
    from movements
    group by all
),

bounds as (
    select
        monthly.source,
        coverage.data_through,
        min(monthly.period_start) as first_month,
        greatest(max(monthly.period_start), {{ month_start('coverage.data_through') }}) as last_month
    from monthly
    inner join coverage on monthly.source = coverage.source
    group by monthly.source, coverage.data_through
),

spine as (
    select
        scopes.source,
        scopes.region_id,
        scopes.currency,
        bounds.data_through,
        cast(unnest({{ month_list('bounds.first_month', 'bounds.last_month') }}) as date) as period_start
    from (select distinct source, region_id, currency from monthly) as scopes
    inner join bounds on scopes.source = bounds.source
),

final as (
    select
        cast(spine.region_id as varchar) as region_id,
        cast(spine.source as varchar) as source,
        cast(spine.currency as varchar) as currency,
        cast(spine.period_start as date) as period_start,
        cast(coalesce(monthly.net_fen, 0) as bigint) as net_fen,
        cast({{ month_end('spine.period_start') }} <= spine.data_through as boolean) as is_complete
    from spine
    left join monthly
        on
            spine.source = monthly.source
            and spine.region_id = monthly.region_id
            and spine.currency = monthly.currency
            and spine.period_start = monthly.period_start
)

select * from final
