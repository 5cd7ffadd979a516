-- Grain: one row per metric, period and scope of how the customers of contracts grow: small and medium ones against the
-- year before, more sold to existing ones, rewards for recommendations, and what a cohort is worth by its age.
-- Rule: a/b against c/d is stated exactly on one denominator: the difference as (a x d - c x b) / (b x d), the ratio as
-- (a x d) / (b x c). Years are compared where the source covers both from their first day to their last. Small and
-- medium = no key account by the purchase of the base year (churn) or of the year itself (frequency). A cohort is the
-- customers of a year's first orders, at ages of full years, and only once all of its months are that old; the first
-- year of the books is none, because older customers look new in it. A reward belongs to the first order that it is
-- for. Plan 2.5, 3.2, 5.2 (C9, C19, C21, C22, C27).
with

coverage as (
    select * from {{ ref('int_channel_coverage') }}
    where order_channel = 'contract'
),

periods as (
    select unnest(['quarter', 'year']) as period_type
),

churn as (
    select
        cast(date_trunc('year', window_end - 1) as date) as year_start,
        base_customers,
        left_customers
    from {{ ref('customer_churn') }}
    where order_channel = 'contract' and customer_group = 'sme'
),

frequencies as (
    select
        years.year_start,
        sum(years.order_count) as order_count,
        count(*) as customer_count
    from {{ ref('int_customer_year') }} as years
    cross join coverage
    where
        years.order_channel = 'contract'
        and years.currency = '{{ var("default_currency") }}'
        and years.order_count > 0
        and not years.is_key_account
        and years.year_start >= coverage.covered_from
        and {{ kpi_period_end("'year'", 'years.year_start', 'coverage.data_through') }} <= coverage.data_through
    group by years.year_start
),

sales as (
    select
        year_start,
        sum(upsold_fen) as upsold_fen,
        sum(existing_fen) as existing_fen
    from {{ ref('cross_sell') }}
    where currency = '{{ var("default_currency") }}'
    group by year_start
    having bool_and(is_complete and upsold_fen is not null)
),

rewards as (
    select
        periods.period_type,
        {{ kpi_period_start('periods.period_type', 'referrals.first_order_on', 'referrals.first_order_on') }}
            as period_start,
        referrals.currency,
        sum(referrals.reward_fen) as reward_fen,
        bool_and(coalesce(referrals.is_collected, false)) as is_settled
    from {{ ref('referral') }} as referrals
    cross join periods
    where referrals.first_order_on is not null
    group by all
    having count(referrals.reward_fen) > 0
),

cohort_months as (
    select
        *,
        cast(date_trunc('year', cohort_month) as date) as year_start,
        month_number + 1 as age_months
    from {{ ref('cohort_value') }}
    where order_channel = 'contract'
),

cohort_sizes as (
    select
        year_start,
        currency,
        count(*) as month_count
    from cohort_months
    where month_number = 0
    group by all
),

cohort_ages as (
    select
        year_start,
        currency,
        age_months,
        sum(cumulative_profit_fen) as profit_fen,
        sum(customers) as customer_count,
        count(*) as month_count
    from cohort_months
    where age_months % 12 = 0 and is_known_from_start and is_complete
    group by all
    having count(*) = count(cumulative_profit_fen)
),

final as (
    select
        'sme_churn_yoy_pp' as metric_code, 'year' as period_type, churn.year_start as period_start,
        'company' as scope_type, 'company' as scope_id, cast(null as varchar) as currency,
        cast(churn.left_customers as hugeint) * earlier.base_customers
        - cast(earlier.left_customers as hugeint) * churn.base_customers as numerator,
        cast(churn.base_customers as hugeint) * earlier.base_customers as denominator
    from churn
    inner join churn as earlier on churn.year_start = cast(earlier.year_start + interval 1 year as date)
    union all by name
    select
        'sme_purchase_frequency_uplift' as metric_code, 'year' as period_type, frequencies.year_start as period_start,
        'company' as scope_type, 'company' as scope_id, null as currency,
        frequencies.order_count * earlier.customer_count as numerator,
        frequencies.customer_count * earlier.order_count as denominator
    from frequencies
    inner join frequencies as earlier on frequencies.year_start = cast(earlier.year_start + interval 1 year as date)
    union all by name
    select
        'upsell_revenue_share' as metric_code, 'year' as period_type, year_start as period_start,
        'company' as scope_type, 'company' as scope_id, null as currency,
        upsold_fen as numerator, existing_fen as denominator
    from sales
    where upsold_fen between 0 and existing_fen and existing_fen > 0
    union all by name
    select
        'referral_reward_amount' as metric_code, period_type, period_start, 'company' as scope_type,
        'company' as scope_id, currency, reward_fen as numerator, 1 as denominator,
        is_settled
    from rewards
    union all by name
    select
        'customer_ltv' as metric_code, 'year' as period_type, cohort_ages.year_start as period_start,
        'cohort_age' as scope_type, cast(cohort_ages.age_months as varchar) as scope_id, cohort_ages.currency,
        cohort_ages.profit_fen as numerator, cohort_ages.customer_count as denominator
    from cohort_ages
    inner join cohort_sizes
        on
            cohort_ages.year_start = cohort_sizes.year_start
            and cohort_ages.currency = cohort_sizes.currency
            and cohort_ages.month_count = cohort_sizes.month_count
)

select * from final
