-- Grain: one row per customer that stands for itself, with the furthest stage of its life that it has reached.
-- Rule: acquire = known, no order; activate = ordered on one day; retain = ordered on two days or more; convert =
-- bought a product line that it did not begin with; refer = recommended a customer that has ordered. The plan names
-- the stages (5.2), not their marks. A customer that has not ordered for lapsed_after_months has lapsed, whatever its
-- stage.
with

customers as (
    select * from {{ ref('dim_customer') }}
    where is_survivor and customer_id <> 'unknown'
),

orders as (
    select * from {{ ref('int_customer_first_order') }}
),

cross_sold as (
    select customer_id, bool_or(is_cross_sold) as is_cross_sold
    from {{ ref('int_customer_product_line') }}
    group by customer_id
),

referrals as (
    select referrals.referrer_customer_id as customer_id, count(*) as referred_count
    from {{ ref('int_customer_referral') }} as referrals
    inner join orders on referrals.customer_id = orders.customer_id
    where referrals.referrer_customer_id is not null
    group by referrals.referrer_customer_id
),

coverage as (
    select * from {{ ref('int_channel_coverage') }}
),

rules as (
    select * from {{ ref('int_customer_rule') }}
),

final as (
    select
        customers.customer_id,
        case
            when orders.customer_id is null then 'acquire'
            when referrals.referred_count > 0 then 'refer'
            when cross_sold.is_cross_sold then 'convert'
            when orders.order_days >= rules.repurchase_order_days then 'retain'
            else 'activate'
        end as lifecycle_stage,
        coalesce(
            orders.last_order_on < coverage.data_through + 1 - to_months(rules.lapsed_after_months), false
        ) as has_lapsed,
        coalesce(referrals.referred_count, 0) as referred_count
    from customers
    cross join rules
    left join orders on customers.customer_id = orders.customer_id
    left join coverage on orders.last_order_channel = coverage.order_channel
    left join cross_sold on customers.customer_id = cross_sold.customer_id
    left join referrals on customers.customer_id = referrals.customer_id
)

select * from final
