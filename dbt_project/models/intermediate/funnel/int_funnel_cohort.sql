-- Grain: one row per cohort month, scope, denominator, counting mode, stage, target and definition.
-- Rule: all leads and valid leads are both counted; which of the two governs says the definition. Plan 5.3.
with

transitions as (
    select * from {{ ref('int_funnel_transition') }}
),

entities as (
    select * from {{ ref('int_funnel_entity') }}
),

-- Counted per combination that occurs, before scopes multiply the rows.
grouped as (
    select
        entities.cohort_month,
        {{ funnel_dimensions('entities', 'transitions') }},
        transitions.counting_mode,
        transitions.stage_code,
        transitions.stage_order,
        transitions.target_stage_code,
        transitions.definition_version,
        count(*) as entered,
        count(*) filter (where transitions.is_converted) as converted,
        count(*) filter (where transitions.is_matured) as matured,
        count(*) filter (where transitions.is_matured and transitions.is_converted) as matured_converted
    from transitions
    inner join entities on transitions.entity_id = entities.entity_id
    group by all
),

final as (
    select
        grouped.cohort_month,
        scopes.scope_type,
        {{ funnel_scope_id('scopes.scope_type', 'grouped') }} as scope_id,
        denominators.denominator_kind,
        grouped.counting_mode,
        grouped.stage_code,
        grouped.stage_order,
        grouped.target_stage_code,
        grouped.definition_version,
        sum(grouped.entered) as entered,
        sum(grouped.converted) as converted,
        sum(grouped.matured) as matured,
        sum(grouped.matured_converted) as matured_converted
    from grouped
    cross join {{ funnel_scope_types() }} as scopes
    cross join {{ funnel_denominators() }} as denominators
    where denominators.denominator_kind = 'all' or grouped.is_valid
    group by all
)

select * from final
