-- Grain: one row per metric, period and scope of segments, care, first orders, referrals, cross-selling and retention
-- of revenue, restated from the marts of customers. First orders count matured cohorts only, and a year of them is not
-- final before first_order_days after its end (maturity_days). A new customer for the referral share is one of the CRM,
-- new in the year of its first order, whose account is of no day before the books. A customer of new high potential is
-- one whose first quarter of high potential lies in the year and none of whose accounts was of such a customer before,
-- for a merge makes nobody new; what was before the first quarter of the books is not known, so the year of it has no
-- figure. A group that nobody is in has 0. Complete profiles are a state of the last covered day (to_date): what a
-- profile said on an earlier day is not kept. A quarter is known from its start where the books cover its value window,
-- a migration where they cover that of the quarter before, too, and what is sold anew in the years that
-- customers.cross_sell calls complete. Plan 5.2, 5.3, 6.3, 7.1 (C11 to C13, C15 to C18, C20, C24 to C26, D2, E26).
with

segments as (
    select * from {{ ref('customer_segment') }}
    where customer_origin = 'crm'
),

survivors as (
    select * from {{ ref('int_customer_quarter_survivor') }}
    where basis = 'actual'
),

years as (
    select
        cast(date_trunc('year', quarter) as date) as year_start,
        min(min(quarter)) over () as first_quarter
    from segments
    group by all
),

group_rules as (
    select
        *,
        lead(valid_from) over (partition by value_tier, potential, loyalty order by valid_from) as valid_to
    from {{ ref('segment_rule') }}
),

quarter_groups as (
    select distinct quarters.quarter_start as quarter, group_rules.segment_code
    from {{ ref('int_segment_quarter') }} as quarters
    inner join group_rules
        on
            quarters.quarter_end >= group_rules.valid_from
            and quarters.quarter_end < coalesce(group_rules.valid_to, date '{{ var("open_future") }}')
),

high_accounts as (
    select quarter, customer_id, customer_id as account_customer_id from segments
    where potential = 'high'
    union all
    select segments.quarter, segments.customer_id, survivors.customer_id as account_customer_id
    from segments
    inner join survivors
        on segments.quarter = survivors.quarter_start and segments.customer_id = survivors.survivor_customer_id
    where segments.potential = 'high'
),

dated_high as (
    select
        customer_id,
        quarter,
        min(quarter) over (partition by account_customer_id) as account_first_quarter
    from high_accounts
),

first_high as (
    select customer_id, quarter from dated_high
    group by customer_id, quarter
    having min(account_first_quarter) = quarter
),

new_high as (
    select
        years.year_start,
        count(first_high.customer_id) as customer_count
    from years
    left join first_high on years.year_start = date_trunc('year', first_high.quarter)
    where years.year_start > years.first_quarter
    group by years.year_start
),

migration as (
    select * from {{ ref('segment_migration') }}
),

care as (
    select * from {{ ref('customer_care') }}
),

rules as (
    select * from {{ ref('int_customer_rule') }}
),

books as (
    select * from {{ ref('int_channel_coverage') }}
    where order_channel = 'contract'
),

-- A quarter is the last of its value window, so the first known one begins three months before the window is a year.
first_known as (
    select
        books.covered_from + to_months(rules.value_window_months - 3) as quarter_from,
        books.covered_from + to_months(rules.value_window_months) as migration_from
    from books
    cross join rules
),

new_customers as (
    select
        cast(date_trunc('year', profiles.first_order_on) as date) as year_start,
        referrals.customer_id is not null as is_referred
    from {{ ref('customer_360') }} as profiles
    cross join books
    left join {{ ref('referral') }} as referrals on profiles.customer_id = referrals.customer_id
    where profiles.customer_origin = 'crm' and profiles.first_order_on is not null
        and profiles.created_on >= books.opened_on
),

active as (
    select books.opened_on, customers.has_all_blocks
    from {{ ref('customer_360') }} as customers
    cross join books
    where customers.customer_origin = 'crm' and customers.revenue_12m_fen > 0
),

metrics as (
    select
        'high_potential_customer_share' as metric_code, 'quarter' as period_type, quarter as period_start,
        count(*) filter (where potential = 'high') as numerator, count(*) as denominator
    from segments
    where annual_fen > 0
    group by all
    union all
    select
        'churn_risk_flag' as metric_code, 'quarter' as period_type, quarter as period_start,
        count(*) filter (where is_churn_risk and not has_lapsed) as numerator, 1 as denominator
    from segments
    group by all
    union all
    select
        'new_high_potential_customers' as metric_code, 'year' as period_type, year_start as period_start,
        customer_count as numerator, 1 as denominator
    from new_high
    union all
    select
        'segment_migration_rate' as metric_code, 'quarter' as period_type, to_quarter as period_start,
        sum(customers) filter (where movement_kind = 'moved') as numerator,
        sum(customers) filter (where movement_kind in ('moved', 'stayed')) as denominator
    from migration
    group by all
    union all
    select
        'quarterly_revisit_rate' as metric_code, 'quarter' as period_type, quarter as period_start,
        count(*) filter (where has_revisit) as numerator, count(*) as denominator
    from care
    group by all
    union all
    select
        'survey_coverage' as metric_code, 'quarter' as period_type, quarter as period_start,
        count(*) filter (where survey_count > 0) as numerator, count(*) as denominator
    from care
    where survey_count is not null
    group by all
    union all
    select
        'wecom_customer_coverage' as metric_code, 'quarter' as period_type, quarter as period_start,
        count(*) filter (where has_wecom_contact) as numerator, count(*) as denominator
    from care
    where has_wecom_contact is not null
    group by all
    union all
    select
        'csm_coverage_top50' as metric_code, 'quarter' as period_type, care.quarter as period_start,
        count(*) filter (where care.has_csm) as numerator, count(*) as denominator
    from care
    cross join rules
    where care.is_top_customer and care.has_csm is not null
    group by all
    union all
    select
        'first_order_conversion' as metric_code, 'year' as period_type,
        cast(date_trunc('year', cohort_month) as date) as period_start,
        sum(converted) as numerator, sum(matured) as denominator
    from {{ ref('first_order_conversion') }}
    where is_matured
    group by all
    union all
    select
        'referral_customer_share' as metric_code, 'year' as period_type, year_start as period_start,
        count(*) filter (where is_referred) as numerator, count(*) as denominator
    from new_customers
    group by all
    union all
    select
        'single_window_profile_rate' as metric_code, 'to_date' as period_type, opened_on as period_start,
        count(*) filter (where has_all_blocks) as numerator, count(*) as denominator
    from active
    group by all
),

sales as (
    select
        year_start,
        sum(cross_sold_fen) as cross_sold_fen,
        sum(existing_fen) as existing_fen,
        bool_and(is_complete) as is_complete
    from {{ ref('cross_sell') }}
    where currency = '{{ var("default_currency") }}'
    group by year_start
),

retention as (
    select
        year_start as period_start,
        order_channel,
        sum(base_fen - churned_fen - contracted_fen) as gross_fen,
        sum(current_fen) as net_fen,
        sum(base_fen) as base_fen
    from {{ ref('revenue_retention') }}
    where currency = '{{ var("default_currency") }}' and is_complete
    group by all
),

final as (
    select
        metrics.metric_code, metrics.period_type, metrics.period_start, 'company' as scope_type,
        'company' as scope_id, null as currency, coalesce(metrics.numerator, 0) as numerator, metrics.denominator,
        cast(
            case
                when metrics.metric_code = 'segment_migration_rate' then first_known.migration_from
                when metrics.period_type = 'quarter' then first_known.quarter_from
            end as date
        ) as covered_from,
        case when metrics.metric_code = 'first_order_conversion' then rules.first_order_days end as maturity_days
    from metrics
    cross join rules
    left join first_known on true
    where
        metrics.denominator > 0
        and (
            metrics.metric_code in ('churn_risk_flag', 'new_high_potential_customers')
            or coalesce(metrics.numerator, 0) between 0 and metrics.denominator
        )
    union all
    select
        'segment_9' as metric_code, 'quarter' as period_type, quarter_groups.quarter as period_start,
        'segment' as scope_type, quarter_groups.segment_code as scope_id, null as currency,
        count(segments.customer_id) as numerator, 1 as denominator,
        cast(first_known.quarter_from as date) as covered_from, null as maturity_days
    from quarter_groups
    left join first_known on true
    left join segments
        on quarter_groups.quarter = segments.quarter and quarter_groups.segment_code = segments.segment_code
    group by all
    union all
    select
        'cross_sell_revenue_share' as metric_code, 'year' as period_type, year_start as period_start,
        'company' as scope_type, 'company' as scope_id, null as currency, cross_sold_fen as numerator,
        existing_fen as denominator,
        cast(case when not is_complete then year_start + interval 1 year end as date) as covered_from,
        null as maturity_days
    from sales
    where existing_fen > 0 and cross_sold_fen between 0 and existing_fen
    union all
    select
        'gross_revenue_retention' as metric_code, 'year' as period_type, period_start, 'channel' as scope_type,
        order_channel as scope_id, null as currency, gross_fen as numerator, base_fen as denominator,
        null as covered_from, null as maturity_days
    from retention
    where base_fen > 0
    union all
    select
        'net_revenue_retention' as metric_code, 'year' as period_type, period_start, 'channel' as scope_type,
        order_channel as scope_id, null as currency, net_fen as numerator, base_fen as denominator,
        null as covered_from, null as maturity_days
    from retention
    where base_fen > 0
)

select * from final
