-- Grain: one row per CRM activity that is not deleted.
-- What it was about may be a deal, a lead, a customer or several of them; each is 'unknown' where it matches nothing.
with

activities as (
    select * from {{ ref('stg_crm__activity') }}
    where not is_deleted
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

opportunities as (
    select * from {{ ref('fct_opportunity') }}
),

leads as (
    select * from {{ ref('fct_lead') }}
),

customers as (
    select * from {{ ref('dim_customer') }}
),

employees as (
    select * from {{ ref('dim_employee') }}
),

final as (
    select
        cast(
            {{ joined_key(['activities.source_system', 'activities.activity_type', 'activities.activity_id']) }}
            as varchar
        ) as activity_id,
        cast(activities.source_system as varchar) as source_system,
        cast(activities.activity_type as varchar) as activity_type,
        cast(coalesce(opportunities.opportunity_id, 'unknown') as varchar) as opportunity_id,
        cast(coalesce(leads.lead_id, 'unknown') as varchar) as lead_id,
        cast(coalesce(customers.customer_id, 'unknown') as varchar) as customer_id,
        cast(coalesce(employees.employee_id, 'unknown') as varchar) as owner_employee_id,
        cast(activities.contact_id as varchar) as contact_reference,
        cast(activities.is_closed as boolean) as is_done,
        cast(activities.started_at as timestamp with time zone) as started_at,
        cast(activities.ended_at as timestamp with time zone) as ended_at,
        cast({{ business_date('activities.started_at', 'settings.business_zone') }} as date) as started_on,
        cast(activities.duration_s as bigint) as duration_seconds
    from activities
    inner join settings on activities.source_system = settings.source_system
    left join opportunities
        on activities.source_system || ':' || activities.opportunity_id = opportunities.opportunity_id
    left join leads on activities.source_system || ':' || activities.lead_id = leads.lead_id
    left join customers on activities.source_system || ':' || activities.account_id = customers.customer_id
    left join employees on activities.source_system || ':' || activities.owner_user_id = employees.employee_id
)

select * from final
