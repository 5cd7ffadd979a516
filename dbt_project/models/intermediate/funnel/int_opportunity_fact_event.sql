-- Grain: one row per opportunity and instant at which something of it is known to have changed: its stage, amount,
-- expected close, owner or deletion. What an event does not tell is NULL.
-- Rule: a deal begins with what its first delivered version says (as known), every entry into a stage tells the stage
-- and what the history keeps beside it, every later version the rest at the instant of its change. Where these do
-- not lead to what the deal is now, its close date or last update does. What is known by its day alone happened at the
-- end of it. Of two events of one instant the later kind stands. Plan 5.1.
with

versions as (
    select * from {{ ref('int_opportunity_version') }}
),

latest_versions as (
    select * from {{ ref('stg_crm__opportunity') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

dimensions as (
    select * from {{ ref('int_opportunity_dimension') }}
),

visits as (
    select * from {{ ref('int_opportunity_stage_visit') }}
),

history as (
    select * from {{ ref('stg_crm__opportunity_stage_history') }}
    where not is_deleted
),

outcomes as (
    select * from {{ ref('int_opportunity_outcome') }}
),

stages as (
    select * from {{ ref('stage') }}
),

beginnings as (
    select
        versions.source_system,
        versions.opportunity_id,
        -- least() leaves NULL out; no event may come before the beginning.
        least(
            versions.created_at,
            min(visits.entered_at),
            versions.known_at,
            timezone(
                versions.business_zone,
                cast(any_value(dimensions.created_on) as timestamp) + interval 1 day - interval 1 second
            )
        ) as happened_at,
        any_value(versions.amount_fen) as amount_fen,
        any_value(versions.expected_close_on) as expected_close_on,
        any_value(versions.owner_user_id) as owner_user_id
    from versions
    left join dimensions
        on
            versions.source_system = dimensions.source_system
            and versions.opportunity_id = dimensions.opportunity_id
    left join visits
        on
            versions.source_system = visits.source_system
            and versions.opportunity_id = visits.opportunity_id
    where versions.version_number = 1
    group by
        versions.source_system, versions.opportunity_id, versions.created_at, versions.known_at,
        versions.business_zone
),

entries as (
    select
        visits.source_system,
        visits.opportunity_id,
        visits.entered_at as happened_at,
        visits.visit_number,
        case when stages.is_won then 'won' when stages.is_lost then 'lost' else 'open' end as deal_state,
        history.amount_fen,
        history.expected_close_on
    from visits
    left join stages on visits.stage_code = stages.stage_code
    left join history
        on
            visits.source_system = history.source_system
            and visits.opportunity_id = history.opportunity_id
            and visits.stage_code = history.to_stage_code
            and visits.entered_at = history.changed_at
),

last_entries as (
    select
        source_system,
        opportunity_id,
        max(visit_number) as visit_number,
        max(happened_at) as happened_at,
        arg_max(deal_state, (happened_at, visit_number)) as deal_state
    from entries
    group by source_system, opportunity_id
),

-- Where the entries do not lead to what the deal is now, it came to that on its close date or its last update, and not
-- before its last entry.
undated_ends as (
    select
        outcomes.source_system,
        outcomes.opportunity_id,
        greatest(
            coalesce(
                timezone(
                    settings.business_zone, cast(outcomes.closed_on as timestamp) + interval 1 day - interval 1 second
                ),
                latest_versions.updated_at
            ),
            last_entries.happened_at
        ) as happened_at,
        coalesce(last_entries.visit_number, 0) + 1 as event_number,
        outcomes.outcome as deal_state
    from outcomes
    inner join settings on outcomes.source_system = settings.source_system
    inner join latest_versions
        on
            outcomes.source_system = latest_versions.source_system
            and outcomes.opportunity_id = latest_versions.opportunity_id
    left join last_entries
        on
            outcomes.source_system = last_entries.source_system
            and outcomes.opportunity_id = last_entries.opportunity_id
    where outcomes.outcome <> coalesce(last_entries.deal_state, 'open')
),

changes as (
    select
        versions.source_system,
        versions.opportunity_id,
        versions.known_at as happened_at,
        versions.version_number,
        versions.amount_fen,
        versions.expected_close_on,
        versions.owner_user_id,
        versions.is_deleted
    from versions
    semi join latest_versions
        on
            versions.source_system = latest_versions.source_system
            and versions.opportunity_id = latest_versions.opportunity_id
),

final as (
    select
        source_system, opportunity_id, happened_at, 0 as event_rank, 0 as event_number, 'open' as deal_state,
        amount_fen, expected_close_on, owner_user_id, false as is_deleted
    from beginnings
    union all by name
    select
        source_system, opportunity_id, happened_at, 1 as event_rank, visit_number as event_number, deal_state,
        amount_fen, expected_close_on
    from entries
    union all by name
    select source_system, opportunity_id, happened_at, 1 as event_rank, event_number, deal_state
    from undated_ends
    union all by name
    select
        source_system, opportunity_id, happened_at, 2 as event_rank, version_number as event_number,
        amount_fen, expected_close_on, owner_user_id, is_deleted
    from changes
)

select * from final
where happened_at is not null
