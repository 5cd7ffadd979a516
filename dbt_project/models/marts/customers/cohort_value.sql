-- Grain: one row per channel, currency, cohort month and month after it, up to the month of the last covered day.
-- Cohort = month of a customer's first order that is not refunded in full, in its channel. Refunds lower the month of
-- the order that they name, so an old cohort is restated when one comes; a customer whose only order is refunded in
-- full leaves its cohort. Lifetime value is cumulative net revenue, and profit where every sale has a cost. In the
-- first year of the books whoever was won before looks new (is_known_from_start). Plan 5.2 (C27).
with

orders as (
    select * from {{ ref('int_cohort_order') }}
),

contract_costs as (
    select
        -- A column, and no condition on the other side: DuckDB makes the latter a comparison of all with all.
        'contract' as order_channel,
        order_id,
        currency,
        case when count(*) = count(cost_fen) then sum(cost_fen) end as cost_fen
    from {{ ref('fct_contract') }}
    where not is_cancelled
    group by all
),

coverage as (
    select * from {{ ref('int_channel_coverage') }}
),

cohorts as (
    select
        order_channel,
        customer_id,
        {{ month_start('min(moved_on)') }} as cohort_month
    from orders
    where is_order
    group by all
),

placed as (
    select
        orders.order_channel,
        orders.currency,
        cohorts.cohort_month,
        orders.customer_id,
        -- A refund without an order may be older than the first order that counts.
        greatest({{ month_start('orders.moved_on') }}, cohorts.cohort_month) as activity_month,
        orders.is_order,
        orders.order_fen,
        orders.refund_fen,
        contract_costs.cost_fen
    from orders
    inner join cohorts
        on orders.order_channel = cohorts.order_channel and orders.customer_id = cohorts.customer_id
    left join contract_costs
        on
            orders.order_channel = contract_costs.order_channel
            and orders.movement_id = contract_costs.order_id
            and orders.currency = contract_costs.currency
),

months as (
    select
        order_channel,
        currency,
        cohort_month,
        activity_month,
        count(distinct customer_id) filter (where is_order) as ordering_customers,
        count(*) filter (where is_order) as order_count,
        sum(order_fen) as order_fen,
        sum(refund_fen) as refund_fen,
        sum(cost_fen) as cost_fen,
        count(*) filter (where is_order and cost_fen is null) as uncosted_count
    from placed
    group by all
),

sizes as (
    select order_channel, currency, cohort_month, count(distinct customer_id) as customers
    from placed
    where is_order
    group by all
),

spine as (
    select
        sizes.*,
        coverage.covered_from,
        coverage.data_through,
        cast(
            unnest({{ month_list('sizes.cohort_month', month_start('coverage.data_through')) }}) as date
        ) as activity_month
    from sizes
    inner join coverage on sizes.order_channel = coverage.order_channel
),

filled as (
    select
        spine.*,
        coalesce(months.ordering_customers, 0) as ordering_customers,
        coalesce(months.order_count, 0) as order_count,
        coalesce(months.order_fen, 0) as order_fen,
        coalesce(months.refund_fen, 0) as refund_fen,
        coalesce(months.cost_fen, 0) as cost_fen,
        coalesce(months.uncosted_count, 0) as uncosted_count
    from spine
    left join months
        on
            spine.order_channel = months.order_channel
            and spine.currency = months.currency
            and spine.cohort_month = months.cohort_month
            and spine.activity_month = months.activity_month
),

summed as (
    select
        *,
        sum(order_fen - refund_fen) over cohort as cumulative_net_fen,
        sum(order_fen - refund_fen - cost_fen) over cohort as cumulative_profit_fen,
        sum(uncosted_count) over cohort as cumulative_uncosted
    from filled
    window cohort as (
        partition by order_channel, currency, cohort_month
        order by activity_month
    )
),

final as (
    select
        cast(order_channel as varchar) as order_channel,
        cast(currency as varchar) as currency,
        cast(cohort_month as date) as cohort_month,
        cast({{ months_between('cohort_month', 'activity_month') }} as integer) as month_number,
        cast(customers as bigint) as customers,
        cast(ordering_customers as bigint) as ordering_customers,
        cast(order_count as bigint) as order_count,
        cast(order_fen as bigint) as order_fen,
        cast(refund_fen as bigint) as refund_fen,
        cast(order_fen - refund_fen as bigint) as net_fen,
        cast(cumulative_net_fen as bigint) as cumulative_net_fen,
        cast(case when cumulative_uncosted = 0 then cumulative_profit_fen end as bigint) as cumulative_profit_fen,
        cast({{ month_end('activity_month') }} <= data_through as boolean) as is_complete,
        cast(cohort_month >= {{ newcomers_known_from('covered_from') }} as boolean) as is_known_from_start
    from summed
)

select * from final
