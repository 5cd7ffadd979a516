-- Grain: one row per opportunity that has visits.
-- Rule: how straight its way was. It skipped if a stage below the furthest one was never visited, however the deal came
-- past it; a stage that was visited later on the way back does not count as skipped. Plan 5.2 (E11 to E13).
with

moves as (
    select * from {{ ref('int_stage_move') }}
),

ladder as (
    select min(stage_order) as first_order from {{ ref('stage') }}
    where stage_order is not null
),

final as (
    select
        moves.source_system,
        moves.opportunity_id,
        max(moves.stage_order) - min(ladder.first_order) + 1 - count(distinct moves.stage_order)
            as skipped_stage_count,
        count(*) filter (where moves.is_reopening) as reopen_count,
        count(*) filter (where moves.is_backward) as backward_move_count,
        count(*) filter (where moves.visit_number > 1) as move_count
    from moves
    cross join ladder
    group by moves.source_system, moves.opportunity_id
)

select * from final
