-- Grain: one row per metric, year and scope of customers, over customers that stand for themselves. Shares of revenue
-- are of the year's revenue of known customers in the default currency; tiers by the year's purchase. A customer
-- repurchases by ordering on repurchase_order_days days of the year, in whatever currency. Churn counts in the year in
-- which the customer no longer buys. Lack of service is a share of all who left, known where any of them gave a reason;
-- the other shares by reason are of those who gave one. Concentration is of customers with more bought than returned;
-- it is stated in square yuan, which hold the squares of fen exactly in four decimals. Plan 2.1, 2.3, 3.4, 5.2 (C1 to
-- C8, C10, C14).
with

years as (
    select * from {{ ref('int_customer_year') }}
    where currency = '{{ var("default_currency") }}'
),

order_days as (
    select distinct
        survivor_customer_id as customer_id,
        order_channel,
        cast(date_trunc('year', moved_on) as date) as year_start,
        moved_on
    from {{ ref('int_customer_movement') }}
    where is_order
),

no_service_reasons as (
    select * from {{ ref('no_service_reason') }}
),

churn as (
    select
        churn.*,
        cast(date_trunc('year', churn.window_end - 1) as date) as year_start,
        customers.churn_reason
    from {{ ref('int_customer_churn') }} as churn
    inner join {{ ref('dim_customer') }} as customers on churn.customer_id = customers.customer_id
),

rules as (
    select * from {{ ref('int_customer_rule') }}
),

accounts as (
    select
        cast(date_trunc('year', created_on) as date) as year_start,
        is_survivor
    from {{ ref('dim_customer') }}
    where customer_origin = 'crm' and created_on is not null
),

buyers as (
    select
        customer_id, year_start, 'company' as scope_type, 'company' as scope_id,
        count(distinct moved_on) as order_days
    from order_days
    group by all
    union all
    select
        customer_id, year_start, 'channel' as scope_type, order_channel as scope_id, count(*) as order_days
    from order_days
    group by all
),

spenders as (
    select *, 'company' as scope_type, 'company' as scope_id from years
    union all
    select *, 'channel' as scope_type, order_channel as scope_id from years
),

contract_scopes as (
    select * from spenders
    where order_channel = 'contract' and order_count > 0
),

sums as (
    select
        years.year_start,
        sum(years.net_fen) as whole_fen,
        coalesce(sum(years.net_fen) filter (where years.is_key_account), 0) as key_fen,
        coalesce(sum(years.net_fen) filter (where not years.is_key_account), 0) as sme_fen,
        coalesce(sum(years.net_fen) filter (where years.is_high_value), 0) as high_fen,
        coalesce(sum(years.net_fen) filter (where years.place <= rules.top_customer_count), 0) as top_fen
    from years
    cross join rules
    group by years.year_start
),

positive as (
    select
        year_start,
        scope_type,
        scope_id,
        customer_id,
        cast(sum(net_fen) as hugeint) as net_fen
    from spenders
    group by all
    having sum(net_fen) > 0
),

squares as (
    select
        year_start,
        scope_type,
        scope_id,
        sum(net_fen * net_fen) as square_sum,
        sum(net_fen) * sum(net_fen) as sum_square
    from positive
    group by all
    having sum(net_fen) < {{ var("concentration_limit_fen") }}
),

reasons as (
    select year_start, churn_reason, count(*) as customer_count
    from churn
    where has_left and order_channel = 'contract' and churn_reason is not null
    group by all
),

services as (
    select
        churn.year_start,
        count(no_service_reasons.churn_reason) as customer_count,
        count(*) as left_customers
    from churn
    left join no_service_reasons on lower(trim(churn.churn_reason)) = no_service_reasons.churn_reason
    where churn.has_left and churn.order_channel = 'contract'
    group by churn.year_start
    having count(churn.churn_reason) > 0
),

churn_scopes as (
    select *, 'channel' as scope_type, order_channel as scope_id from churn
    union all
    select
        *,
        'segment' as scope_type,
        case when is_key_account then 'key_account' else 'sme' end as scope_id
    from churn
    where order_channel = 'contract'
),

metrics as (
    select
        'repurchase_rate' as metric_code, buyers.year_start, buyers.scope_type, buyers.scope_id,
        null as currency,
        count(*) filter (where buyers.order_days >= rules.repurchase_order_days) as numerator,
        count(*) as denominator
    from buyers
    cross join rules
    where not (buyers.scope_type = 'channel' and buyers.scope_id = 'shop')
    group by all
    union all
    select
        'avg_revenue_per_customer' as metric_code, year_start, scope_type, scope_id, currency,
        sum(net_fen) as numerator, count(*) as denominator
    from spenders
    where order_count > 0
    group by all
    union all
    select
        'key_account_revenue_share' as metric_code, year_start, 'company' as scope_type, 'company' as scope_id,
        null as currency, key_fen as numerator, whole_fen as denominator
    from sums
    union all
    select
        'sme_revenue_share' as metric_code, year_start, 'company' as scope_type, 'company' as scope_id,
        null as currency, sme_fen as numerator, whole_fen as denominator
    from sums
    union all
    select
        'high_value_customer_share_revenue' as metric_code, year_start, 'company' as scope_type,
        'company' as scope_id, null as currency, high_fen as numerator, whole_fen as denominator
    from sums
    union all
    select
        'top50_revenue_share' as metric_code, year_start, 'company' as scope_type, 'company' as scope_id,
        null as currency, top_fen as numerator, whole_fen as denominator
    from sums
    union all
    select
        'customer_concentration_hhi' as metric_code, year_start, scope_type, scope_id, null as currency,
        cast(square_sum as decimal(38, 0)) * 0.0001 as numerator,
        cast(sum_square as decimal(38, 0)) * 0.0001 as denominator
    from squares
    union all
    select
        'high_value_customer_share_count' as metric_code, year_start, scope_type, scope_id, null as currency,
        count(*) filter (where is_high_value) as numerator, count(*) as denominator
    from contract_scopes
    group by all
    union all
    select
        'value_tier' as metric_code, year_start, 'tier' as scope_type, tier_name as scope_id, null as currency,
        count(*) as numerator, 1 as denominator
    from contract_scopes
    where scope_type = 'company' and tier_name is not null
    group by all
    union all
    select
        'customer_churn_rate' as metric_code, year_start, scope_type, scope_id, null as currency,
        count(*) filter (where has_left) as numerator, count(*) as denominator
    from churn_scopes
    group by all
    union all
    select
        'churn_reason_share' as metric_code, year_start, 'reason' as scope_type, churn_reason as scope_id,
        null as currency, customer_count as numerator, sum(customer_count) over (partition by year_start)
            as denominator
    from reasons
    union all
    select
        'churn_reason_no_service_share' as metric_code, year_start, 'company' as scope_type,
        'company' as scope_id, null as currency, customer_count as numerator, left_customers as denominator
    from services
    union all
    select
        'duplicate_customer_rate' as metric_code, year_start, 'company' as scope_type, 'company' as scope_id,
        null as currency, count(*) filter (where not is_survivor) as numerator, count(*) as denominator
    from accounts
    group by all
),

-- A share of what refunds made negative says nothing.
final as (
    select
        metric_code,
        'year' as period_type,
        year_start as period_start,
        scope_type,
        scope_id,
        currency,
        numerator,
        denominator
    from metrics
    where
        denominator > 0
        and (
            currency is not null
            or metric_code = 'value_tier'
            or numerator between 0 and denominator
        )
)

select * from final
