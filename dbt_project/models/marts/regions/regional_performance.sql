-- Grain: one row per sales region, currency and month, gap-free from the first close to the last covered day.
-- A month without a close is a row of zeros: a missing row would look like missing data. Plan 2.1, 5.3.
with

opportunities as (
    select * from {{ ref('fct_opportunity') }}
    where outcome <> 'open'
),

regions as (
    select * from {{ ref('dim_region') }}
),

coverage as (
    select data_through
    from {{ ref('int_source_coverage') }}
    where source = 'crm'
),

-- A close dated after the last covered day still gets its month.
bounds as (
    select
        {{ month_start('min(opportunities.closed_on)') }} as first_month,
        {{ month_start('greatest(max(opportunities.closed_on), max(coverage.data_through))') }} as last_month
    from opportunities
    cross join coverage
),

spine as (
    select
        scopes.region_id,
        scopes.currency,
        cast(unnest({{ month_list('bounds.first_month', 'bounds.last_month') }}) as date) as period_start
    from (select distinct region_id, currency from {{ ref('fct_opportunity') }}) as scopes
    cross join bounds
),

closed as (
    select
        region_id,
        currency,
        {{ month_start('closed_on') }} as period_start,
        sum(won_fen) as won_fen,
        count(*) filter (where outcome = 'won') as won_count,
        count(*) filter (where outcome = 'lost') as lost_count
    from opportunities
    group by all
),

final as (
    select
        cast(spine.region_id as varchar) as region_id,
        cast(regions.region_name as varchar) as region_name,
        cast(spine.period_start as date) as period_start,
        cast(spine.currency as varchar) as currency,
        cast(coalesce(closed.won_fen, 0) as bigint) as won_fen,
        cast(coalesce(closed.won_count, 0) as bigint) as won_count,
        cast(coalesce(closed.lost_count, 0) as bigint) as lost_count,
        cast(coalesce(closed.won_count, 0) as bigint) as win_numerator,
        cast(coalesce(closed.won_count, 0) + coalesce(closed.lost_count, 0) as bigint) as win_denominator,
        cast({{ month_end('spine.period_start') }} <= coverage.data_through as boolean) as is_complete
    from spine
    cross join coverage
    inner join regions on spine.region_id = regions.region_id
    left join closed
        on
            spine.region_id = closed.region_id
            and spine.currency = closed.currency
            and spine.period_start = closed.period_start
)

select * from final
