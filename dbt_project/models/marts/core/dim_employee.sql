-- Grain: one row per CRM user, and 'unknown'. Users without a region belong to region 'unknown'.
with

users as (
    select * from {{ ref('stg_crm__user') }}
),

employees as (
    select
        source_system || ':' || user_id as employee_id,
        source_system,
        user_id,
        display_name,
        coalesce(nullif(trim(region), ''), 'unknown') as region_id,
        manager_user_id,
        is_active,
        hired_on,
        left_on,
        is_deleted
    from users
    union all
    select
        'unknown' as employee_id,
        'unknown' as source_system,
        'unknown' as user_id,
        'unknown' as display_name,
        'unknown' as region_id,
        null as manager_user_id,
        null as is_active,
        null as hired_on,
        null as left_on,
        false as is_deleted
),

final as (
    select
        cast(employee_id as varchar) as employee_id,
        cast(source_system as varchar) as source_system,
        cast(user_id as varchar) as user_id,
        cast(display_name as varchar) as display_name,
        cast(region_id as varchar) as region_id,
        cast(manager_user_id as varchar) as manager_user_id,
        cast(is_active as boolean) as is_active,
        cast(hired_on as date) as hired_on,
        cast(left_on as date) as left_on,
        cast(is_deleted as boolean) as is_deleted
    from employees
)

select * from final
