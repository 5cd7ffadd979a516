-- Grain: one row per CRM account, per shop buyer, and 'unknown'. The two are not matched to each other yet.
-- A shop buyer exists through its documents, so a buyer with nothing but refunds is a customer, too.
with

accounts as (
    select * from {{ ref('stg_crm__account') }}
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
        accounts.is_deleted
    from accounts
    inner join settings on accounts.source_system = settings.source_system
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
        cast(is_deleted as boolean) as is_deleted
    from customers
)

select * from final
