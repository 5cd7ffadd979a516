-- Grain: one row per region: the sales regions of the CRM, the countries that the shops ship to, and 'unknown'.
with

sales_regions as (
    select distinct trim(region) as region_id
    from {{ ref('stg_crm__user') }}
    where trim(region) <> ''
),

countries as (
    select trim(ship_country) as region_id from {{ ref('stg_ec__order') }}
    where trim(ship_country) <> ''
    union
    select trim(ship_country) as region_id from {{ ref('stg_ec__refund') }}
    where trim(ship_country) <> ''
),

regions as (
    select
        region_id,
        sales_regions.region_id is not null as is_sales_region,
        countries.region_id is not null as is_country
    from sales_regions
    full outer join countries using (region_id)
    where region_id <> 'unknown'
    union all
    select 'unknown' as region_id, false as is_sales_region, false as is_country
),

final as (
    select
        cast(region_id as varchar) as region_id,
        cast(region_id as varchar) as region_name,
        cast(is_sales_region as boolean) as is_sales_region,
        cast(is_country as boolean) as is_country
    from regions
)

select * from final
