-- Grain: one row per step of an approval case that is not deleted.
-- A step that waits has no end and no length. Steps in parallel overlap, so their times do not add up to the case.
-- Plan 5.8.
with

steps as (
    select * from {{ ref('stg_oa__approval_task') }}
    where not is_deleted
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'oa'
),

approvals as (
    select * from {{ ref('fct_approval') }}
),

calendar as (
    select * from {{ ref('dim_date') }}
),

dated as (
    select
        steps.*,
        {{ joined_key(['steps.source_system', 'steps.corp_id', 'steps.instance_id']) }} as wanted_approval_id,
        {{ business_date('steps.started_at', 'settings.business_zone') }} as started_on,
        {{ business_date('steps.finished_at', 'settings.business_zone') }} as finished_on
    from steps
    inner join settings on steps.source_system = settings.source_system
),

final as (
    select
        cast(dated.wanted_approval_id || ':' || dated.task_id as varchar) as approval_step_id,
        cast(coalesce(approvals.approval_id, 'unknown') as varchar) as approval_id,
        cast(dated.source_system as varchar) as source_system,
        cast(dated.node_id as varchar) as node_id,
        cast(dated.node_name as varchar) as node_name,
        cast(dated.task_type as varchar) as joint_decision_raw,
        cast(dated.assignee_user_id as varchar) as assignee_reference,
        cast(dated.status as varchar) as status_raw,
        cast(dated.result as varchar) as result_raw,
        cast(dated.finished_at is not null as boolean) as is_finished,
        cast(dated.started_at as timestamp with time zone) as started_at,
        cast(dated.finished_at as timestamp with time zone) as finished_at,
        cast(dated.started_on as date) as started_on,
        cast(dated.finished_on as date) as finished_on,
        cast(date_diff('second', dated.started_at, dated.finished_at) as bigint) as duration_seconds,
        cast(finishing.workday_number - starting.workday_number as bigint) as duration_workdays
    from dated
    left join approvals on dated.wanted_approval_id = approvals.approval_id
    left join calendar as starting on dated.started_on = starting.calendar_date
    left join calendar as finishing on dated.finished_on = finishing.calendar_date
)

select * from final
