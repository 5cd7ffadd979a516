-- Grain: one row per opportunity and visit to a stage.
-- Rule: an entry is a transition into a stage from another one; saving the same stage again is no entry, and a
-- stage that is left and entered again is two visits. Equal instants keep their order of arrival. Plan 5.1, 5.2.
with

history as (
    select * from {{ ref('stg_crm__opportunity_stage_history') }}
    where not is_deleted
),

ordered as (
    select
        source_system,
        opportunity_id,
        to_stage_code as stage_code,
        changed_at,
        lag(to_stage_code) over entries as previous_stage_code,
        _batch_id,
        _row_no
    from history
    window entries as (
        partition by source_system, opportunity_id
        order by changed_at, _batch_id, _row_no
    )
),

entries as (
    select * from ordered
    where stage_code is distinct from previous_stage_code
),

final as (
    select
        source_system,
        opportunity_id,
        row_number() over visits as visit_number,
        stage_code,
        changed_at as entered_at,
        lead(changed_at) over visits as left_at
    from entries
    window visits as (
        partition by source_system, opportunity_id
        order by changed_at, _batch_id, _row_no
    )
)

select * from final
