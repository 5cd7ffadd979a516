-- Grain: one row per entity, definition that holds for it, counting mode, stage that it entered and target: the next
-- stage, and from the first stage also the signature.
-- Rule: converted if the target was entered within the window of the entity's own entry, [t, t + window). The signature
-- counts if the deal is won as known now, at the last time it was signed: a cancelled one is no conversion of the lead.
-- Mature as soon as the whole window has been observed. is_lead_step says where the entity is a lead and no deal yet.
-- Plan 5.3.
with

steps as (
    select * from {{ ref('int_funnel_step') }}
),

entities as (
    select * from {{ ref('int_funnel_entity') }}
),

ladder as (
    select
        stage_code,
        stage_order,
        lead(stage_code) over (order by stage_order) as next_code,
        lead(stage_order) over (order by stage_order) as next_order,
        min(stage_order) over () as first_order
    from {{ ref('stage') }}
    where stage_order is not null
),

signing as (
    select * from {{ ref('int_signing_stage') }}
),

definition as (
    select * from {{ ref('int_funnel_definition') }}
),

signatures as (
    select * from {{ ref('int_deal_signature') }}
),

stage_pairs as (
    select
        steps.entity_id,
        steps.counting_mode,
        steps.stage_code,
        steps.stage_order,
        ladder.next_code as target_stage_code,
        steps.entered_at,
        targets.entered_at as target_at
    from steps
    inner join ladder on steps.stage_code = ladder.stage_code
    left join steps as targets
        on
            steps.entity_id = targets.entity_id
            and steps.counting_mode = targets.counting_mode
            and ladder.next_order = targets.stage_order
    where ladder.next_code is not null
),

lead_to_signature as (
    select
        steps.entity_id,
        steps.counting_mode,
        steps.stage_code,
        steps.stage_order,
        signing.stage_code as target_stage_code,
        steps.entered_at,
        case when signed_steps.entity_id is not null then signatures.signed_at end as target_at
    from steps
    cross join signing
    inner join ladder on steps.stage_code = ladder.stage_code
    inner join entities on steps.entity_id = entities.entity_id
    left join signatures on entities.opportunity_id = signatures.opportunity_id
    left join steps as signed_steps
        on
            steps.entity_id = signed_steps.entity_id
            and steps.counting_mode = signed_steps.counting_mode
            and signing.stage_order = signed_steps.stage_order
    where ladder.stage_order = ladder.first_order and ladder.next_order <> signing.stage_order
),

pairs as (
    select * from stage_pairs
    union all by name
    select * from lead_to_signature
),

-- What was entered before is none: a deal that came back has not gone on yet.
transitions as (
    select
        * exclude (target_at),
        case when target_at >= entered_at then target_at end as target_at
    from pairs
),

defined as (
    select
        entities.entity_id,
        entities.entity_kind,
        entities.observed_until,
        definition.definition_version,
        definition.window_days,
        entities.started_on < definition.governs_to as is_governing_version
    from entities
    inner join definition
        on entities.started_on >= definition.valid_from and entities.started_on < definition.valid_to
),

final as (
    select
        transitions.*,
        defined.definition_version,
        defined.is_governing_version,
        defined.entity_kind = 'lead' and transitions.stage_order = ladder.first_order as is_lead_step,
        coalesce(transitions.target_at < transitions.entered_at + to_days(defined.window_days), false)
            as is_converted,
        transitions.entered_at + to_days(defined.window_days) <= defined.observed_until as is_matured,
        -- Days of 24 hours until the target, or until observation or the window ends.
        date_diff(
            'second',
            transitions.entered_at,
            least(
                transitions.entered_at + to_days(defined.window_days),
                defined.observed_until,
                coalesce(transitions.target_at, defined.observed_until)
            )
        ) // {{ var('seconds_per_day') }} as observed_days
    from transitions
    inner join defined on transitions.entity_id = defined.entity_id
    inner join ladder on transitions.stage_code = ladder.stage_code
)

select * from final
