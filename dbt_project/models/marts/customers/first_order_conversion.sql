-- Grain: one row per month in which customers of the CRM were acquired (their account was created).
-- Rule: converted = first order within first_order_days of it, half-open. A cohort is matured when the last of its
-- customers has had the time. Accounts of before the first known contract are out: their orders are not known. So are
-- customers all of whose accounts are deleted: nobody was acquired. Plan 5.2 (C17).
with

profiles as (
    select * from {{ ref('int_customer_profile') }}
    where customer_origin = 'crm' and created_on is not null and not is_deleted
),

orders as (
    select * from {{ ref('int_customer_first_order') }}
),

rules as (
    select * from {{ ref('int_customer_rule') }}
),

coverage as (
    select * from {{ ref('int_channel_coverage') }}
    where order_channel = 'contract'
),

judged as (
    select
        {{ month_start('profiles.created_on') }} as cohort_month,
        profiles.created_on + rules.first_order_days <= coverage.data_through + 1 as is_matured,
        orders.first_order_on >= profiles.created_on
        and orders.first_order_on < profiles.created_on + rules.first_order_days as has_converted,
        orders.first_order_on is not null as has_ordered,
        rules.first_order_days
    from profiles
    cross join rules
    cross join coverage
    left join orders on profiles.customer_id = orders.customer_id
    where profiles.created_on >= coverage.opened_on and profiles.created_on <= coverage.data_through
),

final as (
    select
        cast(cohort_month as date) as cohort_month,
        cast(first_order_days as integer) as window_days,
        cast(count(*) as bigint) as acquired,
        cast(count(*) filter (where is_matured) as bigint) as matured,
        cast(count(*) filter (where is_matured and has_converted) as bigint) as converted,
        cast(count(*) filter (where has_ordered) as bigint) as ordered_so_far,
        cast(bool_and(is_matured) as boolean) as is_matured
    from judged
    group by all
)

select * from final
