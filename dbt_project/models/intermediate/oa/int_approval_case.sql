-- Grain: one row per approval case that has events.
-- Rule: a case was reworked if any step rejected it; its throughput is last event minus first event, waiting and
-- rework included. Plan 5.8.
with

events as (
    select * from {{ ref('stg_oa__approval_event') }}
    where not is_deleted
),

final as (
    select
        source_system,
        corp_id,
        instance_id,
        count(*) as event_count,
        count(*) filter (where event_type = 'reject') as rejection_count,
        coalesce(bool_or(event_type = 'reject'), false) as has_rejection,
        min(occurred_at) as first_event_at,
        max(occurred_at) as last_event_at,
        date_diff('second', min(occurred_at), max(occurred_at)) as throughput_seconds
    from events
    group by all
)

select * from final
