-- Grain: one row per region: the sales regions of the CRM and of the HR system, past ones among them, the countries
-- that the shops ship to, and 'unknown'.
-- Rule: a region lasts [valid_from, valid_to): a reorganisation (seed province_region) ends one and begins another. The
-- successor is named where there is exactly one; a region that was split is followed province by province.
with

user_regions as (
    select * from {{ ref('stg_crm__user_region') }}
),

assigned_regions as (
    select * from {{ ref('int_employee_span') }}
),

provinces as (
    select * from {{ ref('province_region') }}
),

accounts as (
    select * from {{ ref('stg_crm__account') }}
),

changes as (
    select * from {{ ref('int_region_change') }}
),

worked_regions as (
    select region as region_id from user_regions
    where region is not null
    union
    select region_id from assigned_regions
),

-- The plan's regions are the company's where its data knows one of them, by a person or by an account's province.
known_provinces as (
    select provinces.province from provinces
    inner join worked_regions on provinces.region_id = worked_regions.region_id
    union
    select provinces.province from provinces
    inner join accounts on provinces.province = accounts.province
),

plan_regions as (
    select distinct region_id from provinces
    where (select count(*) from known_provinces) > 0
),

sales_regions as (
    select region_id from worked_regions
    union
    select region_id from plan_regions
),

ended as (
    select
        region_id_before as region_id,
        min(valid_from) as valid_to,
        case when count(distinct region_id_after) = 1 then min(region_id_after) end as successor_region_id
    from changes
    group by region_id_before
),

begun as (
    select
        region_id_after as region_id,
        min(valid_from) as valid_from
    from changes
    group by region_id_after
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
        cast(regions.region_id as varchar) as region_id,
        cast(regions.region_id as varchar) as region_name,
        cast(regions.is_sales_region as boolean) as is_sales_region,
        cast(regions.is_country as boolean) as is_country,
        cast(begun.valid_from as date) as valid_from,
        cast(ended.valid_to as date) as valid_to,
        cast(ended.successor_region_id as varchar) as successor_region_id
    from regions
    left join begun on regions.region_id = begun.region_id
    left join ended on regions.region_id = ended.region_id
)

select * from final
