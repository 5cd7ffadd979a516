-- Grain: one row per booked expense of a category, region and month that is not deleted.
-- A region that nobody sells for, or none, is 'unknown'; the delivered one stays beside it. Plan 3.3, 7.3 (J2).
with

expenses as (
    select * from {{ ref('stg_fin__expense') }}
    where not is_deleted
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'finance'
),

regions as (
    select * from {{ ref('dim_region') }}
),

final as (
    select
        cast(expenses.source_system || ':' || expenses.expense_id as varchar) as expense_id,
        cast(expenses.source_system as varchar) as source_system,
        cast(expenses.category as varchar) as category,
        cast(coalesce(regions.region_id, 'unknown') as varchar) as region_id,
        cast(expenses.region_id as varchar) as region_reference,
        cast(expenses.expense_month as date) as expense_month,
        cast(expenses.amount_fen as bigint) as amount_fen,
        cast(coalesce(expenses.currency, settings.currency) as varchar) as currency
    from expenses
    inner join settings on expenses.source_system = settings.source_system
    left join regions on expenses.region_id = regions.region_id
)

select * from final
