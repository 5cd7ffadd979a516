-- Grain: one row per opportunity that is not deleted.
-- Rule: what a deal is counted under, as it was when the deal came in: source and campaign of the lead (else the source
-- that the deal itself names), industry of the lead (else of the account), region of the customer's province on the
-- day (seed province_region), else where its owner of that day was on it. Plan 5.3, 5.7.
with

opportunities as (
    select * from {{ ref('stg_crm__opportunity') }}
    where not is_deleted
),

leads as (
    select
        stg_crm__lead.*,
        int_lead_lookup.opportunity_id
    from {{ ref('int_lead_lookup') }} as int_lead_lookup
    inner join {{ ref('stg_crm__lead') }} as stg_crm__lead
        on
            int_lead_lookup.source_system = stg_crm__lead.source_system
            and int_lead_lookup.lead_id = stg_crm__lead.lead_id
),

accounts as (
    select * from {{ ref('stg_crm__account') }}
),

owners as (
    select * from {{ ref('int_opportunity_owner') }}
),

assignments as (
    select * from {{ ref('int_employee_service') }}
),

sources as (
    select * from {{ ref('lead_source') }}
),

provinces as (
    select * from {{ ref('int_province_region') }}
),

outcomes as (
    select * from {{ ref('int_opportunity_outcome') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

first_visits as (
    select
        source_system,
        opportunity_id,
        min(entered_at) as first_entered_at
    from {{ ref('int_opportunity_stage_visit') }}
    group by source_system, opportunity_id
),

joined as (
    select
        opportunities.source_system,
        opportunities.opportunity_id,
        leads.lead_id,
        leads.created_at as lead_created_at,
        leads.campaign_id,
        coalesce(
            nullif(trim(leads.source_channel), ''), nullif(trim(opportunities.lead_source), ''), 'unknown'
        ) as source_channel,
        coalesce(nullif(trim(leads.industry), ''), nullif(trim(accounts.industry), ''), 'unknown') as industry,
        accounts.province,
        coalesce(
            {{ business_date('opportunities.created_at', 'settings.business_zone') }},
            {{ business_date('first_visits.first_entered_at', 'settings.business_zone') }},
            opportunities.engaged_on,
            outcomes.closed_on,
            {{ business_date('opportunities.updated_at', 'settings.business_zone') }}
        ) as created_on
    from opportunities
    inner join outcomes
        on
            opportunities.source_system = outcomes.source_system
            and opportunities.opportunity_id = outcomes.opportunity_id
    inner join settings on opportunities.source_system = settings.source_system
    left join first_visits
        on
            opportunities.source_system = first_visits.source_system
            and opportunities.opportunity_id = first_visits.opportunity_id
    left join leads
        on
            opportunities.source_system = leads.source_system
            and opportunities.opportunity_id = leads.opportunity_id
    left join accounts
        on
            opportunities.source_system = accounts.source_system
            and opportunities.account_id = accounts.account_id
),

owned as (
    select
        joined.*,
        owners.source_system || ':' || owners.owner_user_id as owner_employee_id
    from joined
    asof left join owners
        on
            joined.source_system = owners.source_system
            and joined.opportunity_id = owners.opportunity_id
            and joined.created_on >= owners.owned_from
),

final as (
    select
        owned.source_system,
        owned.opportunity_id,
        owned.lead_id,
        owned.lead_created_at,
        owned.created_on,
        owned.campaign_id,
        owned.source_channel,
        coalesce(sources.source_group, 'unknown') as source_group,
        owned.industry,
        coalesce(provinces.region_id, assignments.region_id, 'unknown') as region_id_at_entry
    from owned
    left join sources on owned.source_channel = sources.source_channel
    left join provinces
        on
            owned.province = provinces.province
            and owned.created_on >= provinces.valid_from
            and (provinces.valid_to is null or owned.created_on < provinces.valid_to)
    asof left join assignments
        on owned.owner_employee_id = assignments.employee_id and owned.created_on >= assignments.serves_from
)

select * from final
