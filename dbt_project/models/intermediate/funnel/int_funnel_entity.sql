-- Grain: one row per lead, and per opportunity that came of no lead.
-- Rule: what goes through the funnel. It enters with the lead, or where there is none with the first trace of the deal;
-- it is counted under what was known of it then. Plan 5.3: dimension values are taken at the first step.
with

leads as (
    select * from {{ ref('fct_lead') }}
),

opportunities as (
    select * from {{ ref('fct_opportunity') }}
),

dimensions as (
    select * from {{ ref('int_opportunity_dimension') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

first_visits as (
    select
        source_system,
        opportunity_id,
        min(entered_at) as entered_at
    from {{ ref('int_opportunity_stage_visit') }}
    group by source_system, opportunity_id
),

-- Two leads may have become one deal: the earlier one takes it, the other one stays a lead without a deal.
lead_entities as (
    select
        leads.lead_id as entity_id,
        'lead' as entity_kind,
        leads.source_system,
        opportunities.opportunity_id,
        leads.created_at as started_at,
        leads.is_valid,
        leads.source_channel,
        leads.source_group,
        coalesce(leads.campaign_reference, 'none') as campaign,
        leads.industry,
        leads.region_id,
        leads.owner_employee_id
    from leads
    left join dimensions
        on
            leads.source_system = dimensions.source_system
            and leads.source_lead_id = dimensions.lead_id
    left join opportunities
        on
            dimensions.source_system = opportunities.source_system
            and dimensions.opportunity_id = opportunities.source_opportunity_id
),

deal_entities as (
    select
        opportunities.opportunity_id as entity_id,
        'opportunity' as entity_kind,
        opportunities.source_system,
        opportunities.opportunity_id,
        coalesce(
            first_visits.entered_at, timezone(settings.business_zone, cast(dimensions.created_on as timestamp))
        ) as started_at,
        true as is_valid,
        dimensions.source_channel,
        dimensions.source_group,
        'none' as campaign,
        dimensions.industry,
        dimensions.region_id_at_entry as region_id,
        opportunities.owner_employee_id
    from opportunities
    inner join dimensions
        on
            opportunities.source_system = dimensions.source_system
            and opportunities.source_opportunity_id = dimensions.opportunity_id
    inner join settings on opportunities.source_system = settings.source_system
    left join first_visits
        on
            opportunities.source_system = first_visits.source_system
            and opportunities.source_opportunity_id = first_visits.opportunity_id
    where dimensions.lead_id is null
),

entities as (
    select * from lead_entities
    union all by name
    select * from deal_entities
),

final as (
    select
        entities.*,
        coalesce(opportunities.outcome, 'open') as outcome,
        opportunities.reached_stage_order,
        opportunities.closed_on,
        coalesce(opportunities.product_id, 'unknown') as product_id,
        settings.business_zone,
        {{ business_date('entities.started_at', 'settings.business_zone') }} as started_on,
        {{ month_start(business_date('entities.started_at', 'settings.business_zone')) }} as cohort_month,
        timezone(settings.business_zone, cast(settings.data_through + 1 as timestamp)) as observed_until
    from entities
    inner join settings on entities.source_system = settings.source_system
    left join opportunities on entities.opportunity_id = opportunities.opportunity_id
    where entities.started_at is not null
)

select * from final
