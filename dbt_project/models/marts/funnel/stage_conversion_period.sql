-- Grain: one row per month, stage, target, denominator and scope, counting mode `reached`.
-- Entries and conversions that fall into the month, whatever the month of the other: the rate can pass 100 %, because
-- a month with few entries may see the conversions of many earlier ones. Plan 5.3.
with

transitions as (
    select * from {{ ref('int_funnel_transition') }}
    where counting_mode = 'reached' and is_governing_version
),

entities as (
    select * from {{ ref('int_funnel_entity') }}
),

events as (
    select
        entity_id, stage_code, stage_order, target_stage_code, is_lead_step, entered_at as happened_at,
        1 as entered, 0 as converted
    from transitions
    union all
    select
        entity_id, stage_code, stage_order, target_stage_code, is_lead_step, target_at as happened_at,
        0 as entered, 1 as converted
    from transitions
    where target_at is not null
),

grouped as (
    select
        {{ month_start(business_date('events.happened_at', 'entities.business_zone')) }} as period_start,
        {{ funnel_dimensions('entities', 'events') }},
        events.stage_code,
        events.stage_order,
        events.target_stage_code,
        sum(events.entered) as entered,
        sum(events.converted) as converted
    from events
    inner join entities on events.entity_id = entities.entity_id
    group by all
),

scoped as (
    select
        grouped.period_start,
        grouped.stage_code,
        grouped.stage_order,
        grouped.target_stage_code,
        denominators.denominator_kind,
        scopes.scope_type,
        {{ funnel_scope_id('scopes.scope_type', 'grouped') }} as scope_id,
        sum(grouped.entered) as entered,
        sum(grouped.converted) as converted
    from grouped
    cross join {{ funnel_scope_types() }} as scopes
    cross join {{ funnel_denominators() }} as denominators
    where denominators.denominator_kind = 'all' or grouped.is_valid
    group by all
),

final as (
    select
        cast(period_start as date) as period_start,
        cast(stage_code as varchar) as stage_code,
        cast(target_stage_code as varchar) as target_stage_code,
        cast(denominator_kind as varchar) as denominator_kind,
        cast(scope_type as varchar) as scope_type,
        cast(scope_id as varchar) as scope_id,
        cast(stage_order as integer) as stage_order,
        cast(entered as bigint) as entered,
        cast(converted as bigint) as converted,
        cast(converted > entered as boolean) as is_over_100_percent
    from scoped
)

select * from final
