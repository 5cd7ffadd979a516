-- Grain: one row per CRM opportunity that is not deleted.
-- region_id is that of the owner as known now, region_id_as_was that of the owner on the day of closing.
-- References that match nothing point at the 'unknown' member;
-- the delivered reference stays beside it. Plan 5.2, 5.3.
with

opportunities as (
    select
        *,
        source_system || ':' || account_id as wanted_customer_id,
        source_system || ':' || owner_user_id as wanted_employee_id,
        source_system || ':' || product_id as wanted_product_id
    from {{ ref('stg_crm__opportunity') }}
),

outcomes as (
    select * from {{ ref('int_opportunity_outcome') }}
),

reached as (
    select * from {{ ref('int_opportunity_stage_reached') }}
),

regions as (
    select * from {{ ref('int_opportunity_region') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

customers as (
    select * from {{ ref('dim_customer') }}
),

employees as (
    select * from {{ ref('dim_employee') }}
),

products as (
    select * from {{ ref('dim_product') }}
),

joined as (
    select
        opportunities.*,
        outcomes.outcome,
        outcomes.closed_on as outcome_on,
        outcomes.close_basis,
        reached.reached_stage_order,
        regions.region_id_as_was,
        regions.region_basis,
        coalesce(opportunities.currency, settings.currency) as opportunity_currency
    from opportunities
    inner join outcomes using (source_system, opportunity_id)
    inner join reached using (source_system, opportunity_id)
    inner join regions using (source_system, opportunity_id)
    inner join settings on opportunities.source_system = settings.source_system
),

final as (
    select
        cast(joined.source_system || ':' || joined.opportunity_id as varchar) as opportunity_id,
        cast(joined.source_system as varchar) as source_system,
        cast(joined.opportunity_id as varchar) as source_opportunity_id,
        cast(coalesce(customers.customer_id, 'unknown') as varchar) as customer_id,
        cast(coalesce(employees.employee_id, 'unknown') as varchar) as owner_employee_id,
        cast(coalesce(employees.region_id, 'unknown') as varchar) as region_id,
        cast(joined.region_id_as_was as varchar) as region_id_as_was,
        cast(joined.region_basis as varchar) as region_basis,
        cast(coalesce(products.product_id, 'unknown') as varchar) as product_id,
        cast(joined.account_id as varchar) as account_reference,
        cast(joined.owner_user_id as varchar) as owner_reference,
        cast(joined.product_id as varchar) as product_reference,
        cast(joined.lead_source as varchar) as lead_source,
        cast(joined.stage_code as varchar) as stage_code,
        cast(joined.reached_stage_order as integer) as reached_stage_order,
        cast(joined.outcome as varchar) as outcome,
        cast(joined.close_basis as varchar) as close_basis,
        cast(joined.amount_fen as bigint) as amount_fen,
        cast(case when joined.outcome = 'won' then coalesce(joined.amount_fen, 0) else 0 end as bigint) as won_fen,
        cast(joined.opportunity_currency as varchar) as currency,
        cast(joined.engaged_on as date) as engaged_on,
        cast(joined.expected_close_on as date) as expected_close_on,
        cast(joined.outcome_on as date) as closed_on
    from joined
    left join customers on joined.wanted_customer_id = customers.customer_id
    left join employees on joined.wanted_employee_id = employees.employee_id
    left join products on joined.wanted_product_id = products.product_id
)

select * from final
