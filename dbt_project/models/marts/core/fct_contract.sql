-- Grain: one row per contract that is not deleted.
-- An order is what one opportunity signs on one day: a contract that was split keeps one order_id. Revenue is
-- net_fen, without tax, of contracts that are not cancelled. Regions follow the province of the customer, as it was
-- on the day of signing and as it is today; where the province is not assigned, the region of the owner on that day and
-- as it is today stands in. Plan 2.1, 5.4, 5.7.
with

contracts as (
    select * from {{ ref('stg_crm__contract') }}
    where not is_deleted
),

amounts as (
    select * from {{ ref('int_contract_amount') }}
),

opportunities as (
    select * from {{ ref('stg_crm__opportunity') }}
),

status_rules as (
    select * from {{ ref('contract_status_rule') }}
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

assignments as (
    select * from {{ ref('int_employee_service') }}
),

regions as (
    select * from {{ ref('int_province_region') }}
),

valued as (
    select
        contracts.*,
        {{ joined_key(['contracts.source_system', 'contracts.contract_id']) }} as contract_key,
        {{ joined_key(['contracts.source_system', 'contracts.opportunity_id']) }} as opportunity_key,
        {{ joined_key(['contracts.source_system', 'contracts.account_id']) }} as account_key,
        {{ joined_key(['contracts.source_system', 'contracts.owner_user_id']) }} as owner_key,
        coalesce(status_rules.is_cancelled, false) as is_cancelled,
        coalesce(amounts.line_count, 0) as line_count,
        coalesce(amounts.has_other_currency, false) as has_other_currency,
        case when amounts.contract_id is not null then 'lines' else 'header' end as amount_basis,
        coalesce(amounts.net_fen, contracts.amount_fen, 0) as net_fen,
        coalesce(amounts.list_fen, contracts.amount_fen, 0) as list_fen,
        amounts.cost_fen,
        coalesce(contracts.currency, settings.currency) as contract_currency,
        coalesce(
            contracts.signed_on, {{ business_date('contracts.created_at', 'settings.business_zone') }}
        ) as contract_on,
        {{ business_date('contracts.created_at', 'settings.business_zone') }} as created_on
    from contracts
    inner join settings on contracts.source_system = settings.source_system
    left join amounts
        on contracts.source_system = amounts.source_system and contracts.contract_id = amounts.contract_id
    left join status_rules on lower(trim(contracts.status)) = status_rules.status
),

related as (
    select
        valued.*,
        customers.customer_id,
        customers.survivor_customer_id,
        survivors.industry,
        survivors.province,
        employees.employee_id,
        owners_was.region_id as owner_region_id_as_was,
        employees.region_id as owner_region_id_as_is,
        opportunities.opportunity_id is not null as has_opportunity,
        opportunities.pipeline_code,
        opportunities.lead_source
    from valued
    left join customers on valued.account_key = customers.customer_id
    left join customers as survivors on customers.survivor_customer_id = survivors.customer_id
    left join employees on valued.owner_key = employees.employee_id
    asof left join assignments as owners_was
        on valued.owner_key = owners_was.employee_id and valued.contract_on >= owners_was.serves_from
    left join opportunities
        on
            valued.source_system = opportunities.source_system
            and valued.opportunity_id = opportunities.opportunity_id
),

final as (
    select
        cast(related.contract_key as varchar) as contract_id,
        cast(related.source_system as varchar) as source_system,
        cast(related.contract_id as varchar) as source_contract_id,
        cast(related.contract_no as varchar) as contract_no,
        cast(
            coalesce(related.opportunity_key || ':' || related.contract_on, related.contract_key) as varchar
        ) as order_id,
        cast(coalesce(related.customer_id, 'unknown') as varchar) as customer_id,
        cast(coalesce(related.survivor_customer_id, 'unknown') as varchar) as survivor_customer_id,
        cast(case when related.has_opportunity then related.opportunity_key else 'unknown' end as varchar)
            as opportunity_id,
        cast(coalesce(related.employee_id, 'unknown') as varchar) as owner_employee_id,
        cast(related.account_id as varchar) as account_reference,
        cast(related.approval_instance_id as varchar) as approval_reference,
        cast(coalesce(was.region_id, related.owner_region_id_as_was, 'unknown') as varchar) as region_id_as_was,
        cast(coalesce(now_is.region_id, related.owner_region_id_as_is, 'unknown') as varchar) as region_id_as_is,
        cast(related.industry as varchar) as industry,
        cast(nullif(split_part(related.pipeline_code, '_', 1), '') as varchar) as sales_model,
        cast(nullif(split_part(related.pipeline_code, '_', 2), '') as varchar) as touch,
        cast(related.lead_source as varchar) as lead_source,
        cast(related.status as varchar) as status,
        cast(related.is_cancelled as boolean) as is_cancelled,
        cast(related.amount_basis as varchar) as amount_basis,
        cast(related.line_count as bigint) as line_count,
        cast(related.amount_fen as bigint) as amount_fen,
        cast(related.net_fen as bigint) as net_fen,
        cast(related.list_fen as bigint) as list_fen,
        cast(related.cost_fen as bigint) as cost_fen,
        cast(related.has_other_currency as boolean) as has_other_currency,
        cast(related.discount_rate as decimal(9, 6)) as discount_rate,
        cast(related.contract_currency as varchar) as currency,
        cast(related.contract_on as date) as signed_on,
        cast(coalesce(related.created_on, related.contract_on) as date) as created_on,
        cast(related.start_on as date) as start_on,
        cast(related.end_on as date) as end_on
    from related
    left join regions as was
        on
            related.province = was.province
            and related.contract_on >= was.valid_from
            and (was.valid_to is null or related.contract_on < was.valid_to)
    left join regions as now_is on related.province = now_is.province and now_is.is_latest
)

select * from final
