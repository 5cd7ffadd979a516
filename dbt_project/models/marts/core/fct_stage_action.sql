-- Grain: one row per opportunity, stage and key action that was recorded, opportunities that are not deleted only.
-- Whether an action is mandatory on its day says the seed stage_action_rule. Plan 5.1.
with

actions as (
    select * from {{ ref('stg_crm__stage_action') }}
    where not is_deleted
),

opportunities as (
    select * from {{ ref('fct_opportunity') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

rules as (
    select distinct
        stage_code,
        action_code
    from {{ ref('stage_action_rule') }}
),

users as (
    select * from {{ ref('dim_employee') }}
),

final as (
    select
        cast(opportunities.opportunity_id as varchar) as opportunity_id,
        cast(actions.stage_code as varchar) as stage_code,
        cast(actions.action_code as varchar) as action_code,
        cast(coalesce(users.employee_id, 'unknown') as varchar) as done_by_employee_id,
        cast(rules.action_code is not null as boolean) as is_key_action,
        cast(actions.done_at is not null as boolean) as is_done,
        cast(actions.form_complete as boolean) as is_form_complete,
        cast(actions.done_at as timestamp with time zone) as done_at,
        cast({{ business_date('actions.done_at', 'settings.business_zone') }} as date) as done_on
    from actions
    inner join opportunities
        on
            actions.source_system = opportunities.source_system
            and actions.opportunity_id = opportunities.source_opportunity_id
    inner join settings on actions.source_system = settings.source_system
    left join rules
        on
            actions.stage_code = rules.stage_code
            and actions.action_code = rules.action_code
    left join users on actions.source_system || ':' || actions.done_by = users.employee_id
)

select * from final
