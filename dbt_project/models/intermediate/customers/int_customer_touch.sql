-- Grain: one row per activity of the CRM and per meeting that names an account, by the account of the record; an
-- activity that names an opportunity alone is one of its account, as a meeting is.
-- is_revisit marks the kinds that count as a revisit (seed revisit_activity); a meeting always does.
-- Rule: what was only planned, or was called off, is no touch: the word of the state decides (seed
-- activity_status_rule), then the flag; an activity of which neither is known was done. Plan 5.2 (C25).
with

activities as (
    select * from {{ ref('stg_crm__activity') }}
    where not is_deleted
),

meetings as (
    select * from {{ ref('fct_meeting') }}
),

opportunities as (
    select opportunity_id, customer_id from {{ ref('fct_opportunity') }}
),

revisits as (
    select * from {{ ref('revisit_activity') }}
),

statuses as (
    select * from {{ ref('activity_status_rule') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

final as (
    select
        coalesce(activities.source_system || ':' || activities.account_id, opportunities.customer_id) as customer_id,
        'activity' as touch_kind,
        {{ joined_key(['activities.source_system', 'activities.activity_type', 'activities.activity_id']) }}
            as touch_id,
        {{ business_date('coalesce(activities.started_at, activities.created_at)', 'settings.business_zone') }}
            as touched_on,
        revisits.activity_type is not null as is_revisit
    from activities
    inner join settings on activities.source_system = settings.source_system
    left join revisits on lower(activities.activity_type) = revisits.activity_type
    left join statuses on lower(trim(activities.status)) = statuses.status
    left join opportunities
        on activities.source_system || ':' || activities.opportunity_id = opportunities.opportunity_id
    where coalesce(statuses.is_done, activities.is_closed, true)
    union all
    select
        opportunities.customer_id,
        'meeting' as touch_kind,
        meetings.meeting_id as touch_id,
        meetings.started_on as touched_on,
        true as is_revisit
    from meetings
    inner join opportunities on meetings.opportunity_id = opportunities.opportunity_id
    where meetings.started_on is not null
)

select * from final
where touched_on is not null and customer_id <> 'unknown'
