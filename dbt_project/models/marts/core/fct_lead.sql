-- Grain: one row per CRM lead that is not deleted.
-- A lead is valid until it was judged invalid. It is won if its deal is won as known now, when that was signed; of
-- several leads of one deal only the one it came from. The region is that of the lead's province on the day it came in,
-- else where its first owner was on that day; owner_employee_id is who owns it today. Plan 5.3 (E1 to E5), 5.7.
with

leads as (
    select
        *,
        source_system || ':' || converted_opportunity_id as wanted_opportunity_id,
        source_system || ':' || owner_user_id as wanted_employee_id,
        source_system || ':' || referrer_account_id as wanted_customer_id,
        coalesce(nullif(trim(source_channel), ''), 'unknown') as source_name
    from {{ ref('stg_crm__lead') }}
    where not is_deleted
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

opportunities as (
    select * from {{ ref('fct_opportunity') }}
),

signatures as (
    select * from {{ ref('int_deal_signature') }}
),

origins as (
    select * from {{ ref('int_lead_lookup') }}
),

employees as (
    select * from {{ ref('dim_employee') }}
),

customers as (
    select * from {{ ref('dim_customer') }}
),

sources as (
    select * from {{ ref('lead_source') }}
),

first_owners as (
    select * from {{ ref('int_lead_first_owner') }}
),

assignments as (
    select * from {{ ref('int_employee_service') }}
),

provinces as (
    select * from {{ ref('int_province_region') }}
),

dated as (
    select
        leads.*,
        {{ business_date('leads.created_at', 'settings.business_zone') }} as created_on,
        origins.lead_id is not null as is_origin,
        first_owners.source_system || ':' || first_owners.owner_user_id as first_employee_id
    from leads
    inner join settings on leads.source_system = settings.source_system
    left join origins
        on
            leads.source_system = origins.source_system
            and leads.lead_id = origins.lead_id
    left join first_owners
        on
            leads.source_system = first_owners.source_system
            and leads.lead_id = first_owners.lead_id
),

final as (
    select
        cast(dated.source_system || ':' || dated.lead_id as varchar) as lead_id,
        cast(dated.source_system as varchar) as source_system,
        cast(dated.lead_id as varchar) as source_lead_id,
        cast(coalesce(opportunities.opportunity_id, 'unknown') as varchar) as opportunity_id,
        cast(coalesce(employees.employee_id, 'unknown') as varchar) as owner_employee_id,
        cast(coalesce(customers.customer_id, 'unknown') as varchar) as referrer_customer_id,
        cast(dated.campaign_id as varchar) as campaign_reference,
        cast(dated.source_name as varchar) as source_channel,
        cast(coalesce(sources.source_group, 'unknown') as varchar) as source_group,
        cast(coalesce(nullif(trim(dated.industry), ''), 'unknown') as varchar) as industry,
        cast(dated.province as varchar) as province,
        cast(coalesce(provinces.region_id, assignments.region_id, 'unknown') as varchar) as region_id,
        cast(dated.status as varchar) as status_raw,
        cast(dated.grade as varchar) as grade,
        cast(dated.invalid_reason as varchar) as invalid_reason,
        cast(dated.is_valid is distinct from false as boolean) as is_valid,
        cast(dated.is_valid is not null as boolean) as is_judged,
        cast(dated.converted_opportunity_id is not null as boolean) as is_converted,
        cast(dated.is_origin and signatures.signed_at is not null as boolean) as is_won,
        cast(dated.created_at as timestamp with time zone) as created_at,
        cast(dated.graded_at as timestamp with time zone) as graded_at,
        cast(dated.assigned_at as timestamp with time zone) as assigned_at,
        cast(dated.first_response_at as timestamp with time zone) as first_response_at,
        cast(dated.pool_entered_at as timestamp with time zone) as pool_entered_at,
        cast(dated.converted_at as timestamp with time zone) as converted_at,
        cast(case when dated.is_origin then signatures.signed_at end as timestamp with time zone) as signed_at,
        cast(dated.created_on as date) as created_on
    from dated
    left join opportunities on dated.wanted_opportunity_id = opportunities.opportunity_id
    left join signatures on opportunities.opportunity_id = signatures.opportunity_id
    left join employees on dated.wanted_employee_id = employees.employee_id
    asof left join assignments
        on dated.first_employee_id = assignments.employee_id and dated.created_on >= assignments.serves_from
    left join customers on dated.wanted_customer_id = customers.customer_id
    left join sources on dated.source_name = sources.source_channel
    left join provinces
        on
            dated.province = provinces.province
            and dated.created_on >= provinces.valid_from
            and (provinces.valid_to is null or dated.created_on < provinces.valid_to)
)

select * from final
