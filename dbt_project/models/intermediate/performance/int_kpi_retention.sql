-- Grain: one row per metric and cohort month of the shop whose following month is fully covered; contracts, which come
-- less often than once a month, have theirs in customers.cohort_retention alone. Plan 5.4.
with

month_one as (
    select * from {{ ref('cohort_retention') }}
    where order_channel = 'shop' and month_number = 1 and is_complete
),

measured as (
    select
        'month_1_retention_rate' as metric_code, cohort_month,
        retained as numerator, customers as denominator
    from month_one
    union all
    select
        'month_1_retention_rate_incl_cancellations' as metric_code, cohort_month,
        retained_incl_cancellations as numerator, customers_incl_cancellations as denominator
    from month_one
),

final as (
    select
        measured.metric_code,
        'month' as period_type,
        measured.cohort_month as period_start,
        'cohort' as scope_type,
        strftime(measured.cohort_month, '%Y-%m') as scope_id,
        null as currency,
        measured.numerator,
        measured.denominator
    from measured
    where measured.denominator > 0
)

select * from final
