-- Grain: one row per CRM account, per shop buyer, and 'unknown'. The two are not matched to each other yet.
-- survivor_customer_id is the customer that stands for this one today; see customer_xref for the spans of days.
-- A shop buyer exists through its documents, so a buyer with nothing but refunds is a customer, too.
with

accounts as (
    select * from {{ ref('stg_crm__account') }}
),

survivors as (
    select * from {{ ref('int_customer_survivor') }}
    where valid_to is null
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

buyers as (
    select source_system, buyer_id, ship_country from {{ ref('stg_ec__order') }}
    where buyer_id is not null
    union all
    select source_system, buyer_id, ship_country from {{ ref('stg_ec__refund') }}
    where buyer_id is not null
),

crm_customers as (
    select
        accounts.source_system || ':' || accounts.account_id as customer_id,
        'crm' as customer_origin,
        accounts.source_system,
        accounts.account_id as source_customer_id,
        accounts.account_name as customer_name,
        accounts.industry,
        accounts.country,
        accounts.province,
        accounts.city,
        accounts.annual_revenue_fen,
        settings.currency,
        accounts.employee_count,
        survivors.survivor_customer_id,
        accounts.credit_code,
        accounts.parent_account_id as parent_reference,
        accounts.potential,
        accounts.account_source,
        accounts.owner_user_id as owner_reference,
        accounts.csm_user_id as csm_reference,
        accounts.expansion_plan is not null as has_expansion_plan,
        accounts.cooperation_depth,
        accounts.churn_reason,
        cast({{ business_date('accounts.created_at', 'settings.business_zone') }} as date) as created_on,
        accounts.is_deleted
    from accounts
    inner join settings on accounts.source_system = settings.source_system
    left join survivors on accounts.source_system || ':' || accounts.account_id = survivors.customer_id
),

-- Buyers carry no name; of several ship-to countries the alphabetically first is kept so that a rebuild agrees.
shop_customers as (
    select
        source_system || ':' || buyer_id as customer_id,
        'shop' as customer_origin,
        source_system,
        buyer_id as source_customer_id,
        min(ship_country) as country,
        false as is_deleted
    from buyers
    group by all
),

unknown_customer as (
    select
        'unknown' as customer_id,
        'unknown' as customer_origin,
        'unknown' as source_system,
        'unknown' as source_customer_id,
        false as is_deleted
),

customers as (
    select * from crm_customers
    union all by name
    select * from shop_customers
    union all by name
    select * from unknown_customer
),

final as (
    select
        cast(customer_id as varchar) as customer_id,
        cast(customer_origin as varchar) as customer_origin,
        cast(source_system as varchar) as source_system,
        cast(source_customer_id as varchar) as source_customer_id,
        cast(customer_name as varchar) as customer_name,
        cast(industry as varchar) as industry,
        cast(country as varchar) as country,
        cast(province as varchar) as province,
        cast(city as varchar) as city,
        cast(annual_revenue_fen as bigint) as annual_revenue_fen,
        cast(currency as varchar) as currency,
        cast(employee_count as integer) as employee_count,
        cast(coalesce(survivor_customer_id, customer_id) as varchar) as survivor_customer_id,
        cast(coalesce(survivor_customer_id, customer_id) = customer_id as boolean) as is_survivor,
        cast(credit_code as varchar) as credit_code,
        cast(parent_reference as varchar) as parent_reference,
        cast(potential as varchar) as potential,
        cast(account_source as varchar) as account_source,
        cast(owner_reference as varchar) as owner_reference,
        cast(csm_reference as varchar) as csm_reference,
        cast(coalesce(has_expansion_plan, false) as boolean) as has_expansion_plan,
        cast(cooperation_depth as varchar) as cooperation_depth,
        cast(churn_reason as varchar) as churn_reason,
        cast(created_on as date) as created_on,
        cast(is_deleted as boolean) as is_deleted
    from customers
)

select * from final
