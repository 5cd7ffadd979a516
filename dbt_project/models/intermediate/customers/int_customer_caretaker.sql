-- Grain: one row per customer that stands for itself: who does what has to be done for it on the last covered day.
-- Rule: its owner; where the owner has left or is not active, the customer success manager, else the owner's manager,
-- each if still there, for left_on is the last working day, else nobody ('unknown'). A customer whose owner was never
-- known has nobody. Plan 5.3.
with

profiles as (
    select * from {{ ref('int_customer_profile') }}
),

coverage as (
    select data_through from {{ ref('int_channel_coverage') }}
    where order_channel = 'contract'
),

people as (
    select
        employees.employee_id,
        employees.source_system || ':' || employees.manager_user_id as manager_employee_id,
        coalesce(employees.left_on >= coverage.data_through, true)
        and coalesce(employees.is_active, true)
        and not employees.is_deleted as is_there
    from {{ ref('dim_employee') }} as employees
    cross join coverage
    where employees.employee_id <> 'unknown'
),

final as (
    select
        profiles.customer_id,
        case
            when owners.is_there then owners.employee_id
            when managers_of_success.is_there then managers_of_success.employee_id
            when superiors.is_there then superiors.employee_id
            else 'unknown'
        end as employee_id,
        not coalesce(owners.is_there, true) as owner_has_left
    from profiles
    left join people as owners on profiles.owner_employee_id = owners.employee_id
    left join people as managers_of_success
        on profiles.csm_employee_id = managers_of_success.employee_id and not owners.is_there
    left join people as superiors on owners.manager_employee_id = superiors.employee_id and not owners.is_there
)

select * from final
