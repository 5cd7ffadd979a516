-- Grain: one row per channel, cohort month and month after it, up to the month of the last covered day.
-- Rule: cohort = month of a customer's first order that counts in the channel, retained = ordered in that calendar
-- month (n_period). The second pair counts any document, refunds and cancellations too: their cohort is the month of
-- the first document. unbounded = ordered in this month or a later one: more months can only raise it, and only an
-- order that is refunded in full lowers it, so months with few behind them look worse than they will be
-- (months_observed_after). bracket = ordered in any month of the bracket (seed retention_bracket), the same on each of
-- its months, months beyond the last bracket have none. In the first year of the books whoever was won before looks
-- new (is_known_from_start). Plan 5.4.
with

activity as (
    select * from {{ ref('int_customer_activity_month') }}
),

brackets as (
    select * from {{ ref('retention_bracket') }}
),

coverage as (
    select * from {{ ref('int_channel_coverage') }}
),

first_months as (
    select
        order_channel,
        customer_id,
        min(activity_month) filter (where has_order) as order_cohort_month,
        min(activity_month) as any_cohort_month
    from activity
    group by order_channel, customer_id
),

order_retention as (
    select
        first_months.order_channel,
        first_months.order_cohort_month as cohort_month,
        activity.activity_month,
        count(*) as retained
    from activity
    inner join first_months
        on activity.order_channel = first_months.order_channel and activity.customer_id = first_months.customer_id
    where activity.has_order
    group by all
),

any_retention as (
    select
        first_months.order_channel,
        first_months.any_cohort_month as cohort_month,
        activity.activity_month,
        count(*) as retained
    from activity
    inner join first_months
        on activity.order_channel = first_months.order_channel and activity.customer_id = first_months.customer_id
    group by all
),

last_months as (
    select
        first_months.order_channel,
        first_months.order_cohort_month as cohort_month,
        activity.customer_id,
        max(activity.activity_month) as last_month
    from activity
    inner join first_months
        on activity.order_channel = first_months.order_channel and activity.customer_id = first_months.customer_id
    where activity.has_order
    group by all
),

-- How many customers ordered for the last time in each month; from the end backwards they add up to unbounded.
last_counts as (
    select order_channel, cohort_month, last_month as activity_month, count(*) as last_count
    from last_months
    group by all
),

bracket_retention as (
    select
        first_months.order_channel,
        first_months.order_cohort_month as cohort_month,
        brackets.bracket,
        count(distinct activity.customer_id) as retained
    from activity
    inner join first_months
        on activity.order_channel = first_months.order_channel and activity.customer_id = first_months.customer_id
    inner join brackets
        on
            {{ months_between('first_months.order_cohort_month', 'activity.activity_month') }}
            between brackets.first_month and brackets.last_month
    where activity.has_order
    group by all
),

cohorts as (
    select order_channel, order_cohort_month as cohort_month from first_months
    where order_cohort_month is not null
    union
    select order_channel, any_cohort_month as cohort_month from first_months
),

spine as (
    select
        cohorts.order_channel,
        cohorts.cohort_month,
        coverage.data_through,
        coverage.covered_from,
        cast(
            unnest({{ month_list('cohorts.cohort_month', month_start('coverage.data_through')) }}) as date
        ) as activity_month
    from cohorts
    inner join coverage on cohorts.order_channel = coverage.order_channel
),

final as (
    select
        cast(spine.order_channel as varchar) as order_channel,
        cast(spine.cohort_month as date) as cohort_month,
        cast({{ months_between('spine.cohort_month', 'spine.activity_month') }} as integer) as month_number,
        cast(coalesce(order_sizes.retained, 0) as bigint) as customers,
        cast(coalesce(order_retention.retained, 0) as bigint) as retained,
        cast(coalesce(any_sizes.retained, 0) as bigint) as customers_incl_cancellations,
        cast(coalesce(any_retention.retained, 0) as bigint) as retained_incl_cancellations,
        cast({{ month_end('spine.activity_month') }} <= spine.data_through as boolean) as is_complete,
        cast(coalesce(sum(last_counts.last_count) over (
            partition by spine.order_channel, spine.cohort_month
            order by spine.activity_month desc
        ), 0) as bigint) as retained_unbounded,
        cast(
            greatest({{ months_between('spine.activity_month', month_start('spine.data_through + 1')) }} - 1, 0)
            as integer
        ) as months_observed_after,
        cast(brackets.bracket as varchar) as bracket,
        cast(
            case when brackets.bracket is not null then coalesce(bracket_retention.retained, 0) end as bigint
        ) as retained_in_bracket,
        cast(
            {{ month_end('cast(spine.cohort_month + to_months(brackets.last_month) as date)') }} <= spine.data_through
            as boolean
        ) as is_bracket_complete,
        cast(spine.cohort_month >= {{ newcomers_known_from('spine.covered_from') }} as boolean) as is_known_from_start
    from spine
    left join order_retention
        on
            spine.order_channel = order_retention.order_channel
            and spine.cohort_month = order_retention.cohort_month
            and spine.activity_month = order_retention.activity_month
    left join any_retention
        on
            spine.order_channel = any_retention.order_channel
            and spine.cohort_month = any_retention.cohort_month
            and spine.activity_month = any_retention.activity_month
    left join order_retention as order_sizes
        on
            spine.order_channel = order_sizes.order_channel
            and spine.cohort_month = order_sizes.cohort_month
            and spine.cohort_month = order_sizes.activity_month
    left join any_retention as any_sizes
        on
            spine.order_channel = any_sizes.order_channel
            and spine.cohort_month = any_sizes.cohort_month
            and spine.cohort_month = any_sizes.activity_month
    left join last_counts
        on
            spine.order_channel = last_counts.order_channel
            and spine.cohort_month = last_counts.cohort_month
            and spine.activity_month = last_counts.activity_month
    left join brackets
        on
            {{ months_between('spine.cohort_month', 'spine.activity_month') }}
            between brackets.first_month and brackets.last_month
    left join bracket_retention
        on
            spine.order_channel = bracket_retention.order_channel
            and spine.cohort_month = bracket_retention.cohort_month
            and brackets.bracket = bracket_retention.bracket
)

select * from final
