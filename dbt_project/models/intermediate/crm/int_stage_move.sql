-- Grain: one row per opportunity and visit to a stage.
-- Rule: what the move into the stage was. `backward` goes down the ladder, `reopened` leaves a lost deal or takes a
-- signed one back before its signature, `skipped` passes stages that this deal never visited before, `lost` leaves the
-- ladder; everything else is `forward`, the first visit `entry`. Plan 5.2.
with

visits as (
    select * from {{ ref('int_opportunity_stage_visit') }}
),

stages as (
    select * from {{ ref('stage') }}
),

placed as (
    select
        visits.*,
        stages.stage_order,
        stages.is_won,
        stages.is_lost,
        lag(visits.stage_code) over deal as previous_stage_code,
        lag(stages.stage_order) over deal as previous_stage_order,
        lag(coalesce(stages.is_won, false)) over deal as was_won,
        lag(coalesce(stages.is_lost, false)) over deal as was_lost,
        max(stages.stage_order) over (
            partition by visits.source_system, visits.opportunity_id
            order by visits.visit_number
            rows between unbounded preceding and 1 preceding
        ) as furthest_before
    from visits
    left join stages on visits.stage_code = stages.stage_code
    window deal as (
        partition by visits.source_system, visits.opportunity_id
        order by visits.visit_number
    )
),

judged as (
    select
        *,
        visit_number = 1 as is_entry,
        coalesce(stage_order < previous_stage_order, false) as is_backward,
        visit_number > 1 and not coalesce(is_lost, false)
        and (was_lost or (was_won and not coalesce(is_won, false))) as is_reopening,
        greatest(stage_order - coalesce(furthest_before, 0) - 1, 0) as passed_count
    from placed
),

final as (
    select
        source_system,
        opportunity_id,
        visit_number,
        stage_code,
        stage_order,
        previous_stage_code,
        entered_at,
        left_at,
        is_backward,
        is_reopening,
        case when is_entry then 0 else coalesce(passed_count, 0) end as skipped_stage_count,
        case
            when is_entry then 'entry'
            when coalesce(is_lost, false) then 'lost'
            when is_reopening then 'reopened'
            when is_backward then 'backward'
            when passed_count > 0 then 'skipped'
            else 'forward'
        end as move_type
    from judged
)

select * from final
