-- Grain: one row per metric, period, scope and currency, from closed opportunities.
-- Scopes: company, region (of the owner on the day of closing), region_as_is (of the owner now), employee (owner).
-- Money of different currencies is not added up. Plan 2.1.
with

closed as (
    select
        *,
        min(closed_on) over () as first_on
    from {{ ref('fct_opportunity') }}
    where outcome <> 'open'
),

scopes as (
    select unnest(['company', 'region', 'region_as_is', 'employee']) as scope_type
),

scoped as (
    select
        closed.*,
        periods.period_type,
        {{ kpi_period_start('periods.period_type', 'closed.closed_on', 'closed.first_on') }} as period_start,
        scopes.scope_type,
        case scopes.scope_type
            when 'company' then 'company'
            when 'region' then closed.region_id_as_was
            when 'region_as_is' then closed.region_id
            when 'employee' then closed.owner_employee_id
        end as scope_id
    from closed
    cross join {{ kpi_period_types() }} as periods
    cross join scopes
),

won_value as (
    select
        'won_value' as metric_code,
        period_type,
        period_start,
        scope_type,
        scope_id,
        currency,
        sum(won_fen) as numerator,
        1 as denominator
    from scoped
    group by all
)

select * from won_value
