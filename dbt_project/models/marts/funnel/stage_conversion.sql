-- Grain: one row per cohort month, stage, target, counting mode, denominator, scope and version of the definition.
-- A rate is converted / entered; compare cohorts by matured_converted / matured only. The survival rate estimates what
-- an immature cohort comes to within the days that it has been observed. Plan 5.2, 5.3 (E1, E2, E5, E8).
with

cohorts as (
    select * from {{ ref('int_funnel_cohort') }}
),

survival as (
    select * from {{ ref('int_funnel_survival') }}
),

definition as (
    select * from {{ ref('int_funnel_definition') }}
),

final as (
    select
        cast(cohorts.cohort_month as date) as cohort_month,
        cast(cohorts.stage_code as varchar) as stage_code,
        cast(cohorts.target_stage_code as varchar) as target_stage_code,
        cast(cohorts.counting_mode as varchar) as mode,
        cast(cohorts.denominator_kind as varchar) as denominator_kind,
        cast(cohorts.scope_type as varchar) as scope_type,
        cast(cohorts.scope_id as varchar) as scope_id,
        cast(cohorts.stage_order as integer) as stage_order,
        cast(cohorts.entered as bigint) as entered,
        cast(cohorts.converted as bigint) as converted,
        cast(cohorts.matured as bigint) as matured,
        cast(cohorts.matured_converted as bigint) as matured_converted,
        cast(cohorts.matured = cohorts.entered as boolean) as is_matured,
        cast(survival.survival_rate as decimal(9, 6)) as survival_rate,
        cast(survival.survival_days as integer) as survival_days,
        cast(
            definition.governing_denominator = cohorts.denominator_kind and cohorts.cohort_month < definition.governs_to
            as boolean
        ) as is_governing,
        cast(definition.window_days as integer) as window_days,
        cast(cohorts.definition_version as integer) as definition_version
    from cohorts
    inner join definition on cohorts.definition_version = definition.definition_version
    left join survival
        on
            cohorts.counting_mode = survival.counting_mode
            and cohorts.cohort_month = survival.cohort_month
            and cohorts.scope_type = survival.scope_type
            and cohorts.scope_id = survival.scope_id
            and cohorts.denominator_kind = survival.denominator_kind
            and cohorts.stage_code = survival.stage_code
            and cohorts.target_stage_code = survival.target_stage_code
            and cohorts.definition_version = survival.definition_version
)

select * from final
