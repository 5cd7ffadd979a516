-- Grain: one row per cohort month, scope, denominator, stage, target and definition, counting mode `reached`.
-- Rule: Kaplan-Meier estimate of the share that converts within survival_days, the longest that any entity of the row
-- was observed and at most the window, from mature and immature entities alike: of a young month it knows the first
-- days alone. On each day the share of those still under observation that did not convert then is multiplied up; a
-- lost deal stays under observation, because it does not convert any more. An estimate, so DOUBLE on purpose: the
-- product is the exponential of a sum of logarithms. Plan 5.3.
with

transitions as (
    select * from {{ ref('int_funnel_transition') }}
    where counting_mode = 'reached'
),

entities as (
    select * from {{ ref('int_funnel_entity') }}
),

grouped as (
    select
        entities.cohort_month,
        {{ funnel_dimensions('entities', 'transitions') }},
        transitions.stage_code,
        transitions.target_stage_code,
        transitions.definition_version,
        transitions.observed_days,
        count(*) as entity_count,
        count(*) filter (where transitions.is_converted) as converted_count
    from transitions
    inner join entities on transitions.entity_id = entities.entity_id
    group by all
),

by_day as (
    select
        grouped.cohort_month,
        scopes.scope_type,
        {{ funnel_scope_id('scopes.scope_type', 'grouped') }} as scope_id,
        denominators.denominator_kind,
        grouped.stage_code,
        grouped.target_stage_code,
        grouped.definition_version,
        grouped.observed_days,
        sum(grouped.entity_count) as entity_count,
        sum(grouped.converted_count) as converted_count
    from grouped
    cross join {{ funnel_scope_types() }} as scopes
    cross join {{ funnel_denominators() }} as denominators
    where denominators.denominator_kind = 'all' or grouped.is_valid
    group by all
),

at_risk as (
    select
        *,
        sum(entity_count) over (
            partition by
                cohort_month, scope_type, scope_id, denominator_kind, stage_code, target_stage_code, definition_version
            order by observed_days desc
        ) as at_risk_count
    from by_day
),

-- Nobody left to convert ends the product at zero; there is no logarithm of that.
multiplied as (
    select
        cohort_month,
        scope_type,
        scope_id,
        denominator_kind,
        stage_code,
        target_stage_code,
        definition_version,
        bool_or(converted_count = at_risk_count) as is_exhausted,
        max(observed_days) as survival_days,
        sum(
            case
                when converted_count < at_risk_count
                    then ln(1 - cast(converted_count as double) / cast(at_risk_count as double))
            end
        ) as log_survival
    from at_risk
    group by all
),

-- Rounded, because a sum of DOUBLE differs in its last digits with the order of its rows.
final as (
    select
        cohort_month,
        scope_type,
        scope_id,
        denominator_kind,
        stage_code,
        target_stage_code,
        definition_version,
        'reached' as counting_mode,
        survival_days,
        cast(
            case when is_exhausted then 1 else round(1 - exp(log_survival), 6) end as decimal(9, 6)
        ) as survival_rate
    from multiplied
)

select * from final
