-- Grain: one row per opportunity and stage of the ladder that it visited.
-- Rule: time of the first visit, of the latest one and of all visits together. A visit that has not ended has no length
-- yet; the time that a deal was lost lies between visits and counts nowhere. Plan 5.2.
with

moves as (
    select
        *,
        date_diff('second', entered_at, left_at) as visit_seconds
    from {{ ref('int_stage_move') }}
    where stage_order is not null
),

final as (
    select
        source_system,
        opportunity_id,
        stage_code,
        min(stage_order) as stage_order,
        count(*) as visit_count,
        min(entered_at) as first_entered_at,
        max(entered_at) as latest_entered_at,
        arg_min(visit_seconds, visit_number) as first_seconds,
        case when bool_or(left_at is null) then null else arg_max(visit_seconds, visit_number) end as latest_seconds,
        sum(visit_seconds) as cumulative_seconds,
        bool_or(left_at is null) as is_current
    from moves
    group by source_system, opportunity_id, stage_code
)

select * from final
