-- Grain: one row per opportunity and visit to a stage, opportunities that are not deleted only.
-- An entry is a move from another stage. The amount is the one that stood in the CRM at the entry. Plan 5.1, 5.2.
with

moves as (
    select
        *,
        row_number() over (
            partition by source_system, opportunity_id, stage_code
            order by visit_number
        ) as visit_of_stage,
        count(*) over (partition by source_system, opportunity_id, stage_code) as visits_of_stage
    from {{ ref('int_stage_move') }}
),

history as (
    select * from {{ ref('stg_crm__opportunity_stage_history') }}
    where not is_deleted
),

opportunities as (
    select * from {{ ref('fct_opportunity') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

users as (
    select * from {{ ref('dim_employee') }}
),

final as (
    select
        cast(opportunities.opportunity_id as varchar) as opportunity_id,
        cast(moves.visit_number as integer) as visit_number,
        cast(moves.stage_code as varchar) as stage_code,
        cast(moves.stage_order as integer) as stage_order,
        cast(moves.previous_stage_code as varchar) as previous_stage_code,
        cast(coalesce(users.employee_id, 'unknown') as varchar) as changed_by_employee_id,
        cast(moves.move_type as varchar) as move_type,
        cast(moves.skipped_stage_count as integer) as skipped_stage_count,
        cast(moves.is_backward as boolean) as is_backward,
        cast(moves.is_reopening as boolean) as is_reopening,
        cast(moves.visit_of_stage = 1 as boolean) as is_first_visit,
        cast(moves.visit_of_stage = moves.visits_of_stage as boolean) as is_latest_visit,
        cast(history.amount_fen as bigint) as amount_at_entry_fen,
        cast(opportunities.currency as varchar) as currency,
        cast(moves.entered_at as timestamp with time zone) as entered_at,
        cast(moves.left_at as timestamp with time zone) as left_at,
        cast({{ business_date('moves.entered_at', 'settings.business_zone') }} as date) as entered_on,
        cast({{ business_date('moves.left_at', 'settings.business_zone') }} as date) as left_on,
        cast(date_diff('second', moves.entered_at, moves.left_at) as bigint) as duration_seconds
    from moves
    inner join opportunities
        on
            moves.source_system = opportunities.source_system
            and moves.opportunity_id = opportunities.source_opportunity_id
    inner join settings on moves.source_system = settings.source_system
    left join history
        on
            moves.source_system = history.source_system
            and moves.opportunity_id = history.opportunity_id
            and moves.stage_code = history.to_stage_code
            and moves.entered_at = history.changed_at
    left join users on moves.source_system || ':' || history.changed_by_user_id = users.employee_id
)

select * from final
