-- Grain: one row per metric and scope, over the newest completeness scores of the CRM entities.
-- Weighted cells: a field's weight comes from its standard, so a key field counts for more. Plan 2.3, 5.3 (H1).
{{ config(tags=['after_scoring']) }}

with

scores as (
    select * from {{ ref('int_completeness_latest') }}
    where entity like 'crm.%'
),

first_day as (
    select min(closed_on) as first_on from {{ ref('fct_opportunity') }}
),

scopes as (
    select unnest(['company', 'entity']) as scope_type
),

scoped as (
    select
        scopes.scope_type,
        case scopes.scope_type when 'company' then 'company' else scores.entity end as scope_id,
        scores.filled_cells * scores.weight as filled_weight,
        scores.required_cells * scores.weight as required_weight,
        coalesce(first_day.first_on, scores.as_of) as period_start
    from scores
    cross join first_day
    cross join scopes
),

final as (
    select
        'crm_completeness_rate' as metric_code,
        'to_date' as period_type,
        period_start,
        scope_type,
        scope_id,
        null as currency,
        sum(filled_weight) as numerator,
        sum(required_weight) as denominator
    from scoped
    group by all
    having sum(required_weight) > 0
)

select * from final
