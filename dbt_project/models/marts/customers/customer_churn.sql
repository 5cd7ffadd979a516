-- Grain: one row per channel, end of a window and group (all, key_account, sme), over customers of the base months.
-- Rule: who bought in the base months before the window and not in it has left; both lengths are rows of seed
-- customer_rule and stand beside the count. Key accounts by the purchase of the base months
-- in the default currency. Plan 2.5, 3.4 (C8, C9).
with

churn as (
    select * from {{ ref('int_customer_churn') }}
),

grouped as (
    select *, 'all' as customer_group from churn
    union all
    select *, case when is_key_account then 'key_account' else 'sme' end as customer_group from churn
    where order_channel = 'contract'
),

final as (
    select
        cast(order_channel as varchar) as order_channel,
        cast(customer_group as varchar) as customer_group,
        cast(base_start as date) as base_start,
        cast(window_start as date) as window_start,
        cast(window_end as date) as window_end,
        cast(count(*) as bigint) as base_customers,
        cast(count(*) filter (where has_left) as bigint) as left_customers
    from grouped
    group by all
)

select * from final
