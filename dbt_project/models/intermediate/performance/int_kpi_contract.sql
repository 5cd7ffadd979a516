-- Grain: one row per metric, period, scope and currency of contracts, invoices and payments.
-- An order is what one opportunity signs on one day. Splits and cancellations count on the day of entry, as
-- controllers see them; the rest on the day of signing. Collection counts invoices by their due day up to the last
-- covered day, void ones apart. An order is a bundle if one of its lines names one, single if none does; without lines
-- it is neither. A/n against B/m is stated exactly on one denominator, (A x m - B x n) / (B x n). Plan 2.1, 3.1, 3.2,
-- 4.1 (A8, A10, C23).
with

contracts as (
    select * from {{ ref('fct_contract') }}
),

invoices as (
    select * from {{ ref('fct_invoice') }}
    where not is_void
),

payments as (
    select * from {{ ref('fct_payment') }}
    where payment_kind = 'returned'
),

bands as (
    select * from {{ ref('discount_band') }}
),

periods as (
    select unnest(['month', 'quarter', 'year']) as period_type
),

line_bundles as (
    select
        contract_id,
        bool_or(bundle_reference is not null) as is_bundle
    from {{ ref('fct_contract_line') }}
    group by contract_id
),

long_periods as (
    select period_type from periods
    where period_type <> 'month'
),

coverage as (
    select data_through
    from {{ ref('int_source_coverage') }}
    where source = 'crm'
),

orders as (
    select
        contracts.order_id,
        contracts.currency,
        min(contracts.signed_on) as signed_on,
        min(contracts.created_on) as created_on,
        min(contracts.region_id_as_was) as region_id,
        bool_and(contracts.is_cancelled) as is_cancelled,
        count(*) > 1 as is_split,
        sum(contracts.net_fen) filter (where not contracts.is_cancelled) as net_fen,
        sum(contracts.list_fen) filter (where not contracts.is_cancelled) as list_fen,
        max(contracts.discount_rate) as discount_rate,
        bool_or(line_bundles.is_bundle) filter (where not contracts.is_cancelled) as is_bundle
    from contracts
    left join line_bundles on contracts.contract_id = line_bundles.contract_id
    where contracts.signed_on is not null
    group by all
),

banded as (
    select
        orders.*,
        bands.band,
        row_number() over (partition by orders.order_id, orders.currency order by bands.band_order) as band_age
    from orders
    left join bands
        on
            orders.signed_on >= bands.valid_from
            and (
                bands.high_rate is null
                or orders.discount_rate < bands.high_rate
                or (bands.inclusive and orders.discount_rate = bands.high_rate)
            )
),

dated_orders as (
    select
        banded.*,
        periods.period_type,
        {{ kpi_period_start('periods.period_type', 'banded.signed_on', 'banded.signed_on') }} as period_start
    from banded
    cross join long_periods as periods
    where banded.band_age = 1
),

entered_orders as (
    select
        orders.*,
        periods.period_type,
        {{ kpi_period_start('periods.period_type', 'orders.created_on', 'orders.created_on') }} as period_start
    from orders
    cross join long_periods as periods
),

scoped_orders as (
    select *, 'company' as scope_type, 'company' as scope_id from dated_orders
    union all
    select *, 'region' as scope_type, region_id as scope_id from dated_orders
),

bundles as (
    select
        period_type,
        period_start,
        cast(sum(net_fen) filter (where is_bundle) as hugeint) as bundle_fen,
        cast(sum(net_fen) filter (where not is_bundle) as hugeint) as single_fen,
        count(*) filter (where is_bundle) as bundle_count,
        count(*) filter (where not is_bundle) as single_count
    from dated_orders
    where not is_cancelled and currency = '{{ var("default_currency") }}'
    group by all
),

dated_invoices as (
    select
        invoices.*,
        periods.period_type,
        {{ kpi_period_start('periods.period_type', 'invoices.due_on', 'invoices.due_on') }} as period_start
    from invoices
    cross join coverage
    cross join periods
    where invoices.due_on <= coverage.data_through and invoices.currency = '{{ var("default_currency") }}'
),

scoped_invoices as (
    select *, 'company' as scope_type, 'company' as scope_id from dated_invoices
    union all
    select *, 'region' as scope_type, region_id_as_was as scope_id from dated_invoices
),

dated_payments as (
    select
        payments.*,
        periods.period_type,
        {{ kpi_period_start('periods.period_type', 'payments.received_on', 'payments.received_on') }} as period_start
    from payments
    cross join coverage
    cross join long_periods as periods
    where payments.received_on <= coverage.data_through
),

final as (
    select
        'avg_order_value' as metric_code, period_type, period_start, scope_type, scope_id, currency,
        sum(net_fen) as numerator, count(*) as denominator
    from scoped_orders
    where not is_cancelled
    group by all
    union all by name
    select
        'bundle_aov_uplift' as metric_code, period_type, period_start, 'company' as scope_type,
        'company' as scope_id, null as currency,
        bundle_fen * single_count - single_fen * bundle_count as numerator, single_fen * bundle_count as denominator
    from bundles
    where single_fen > 0 and bundle_count > 0
    union all by name
    select
        'discount_rate' as metric_code, period_type, period_start, 'company' as scope_type, 'company' as scope_id,
        null as currency, sum(list_fen) - sum(net_fen) as numerator, sum(list_fen) as denominator
    from dated_orders
    where not is_cancelled and currency = '{{ var("default_currency") }}'
    group by all
    having sum(list_fen) > 0 and sum(net_fen) between 0 and sum(list_fen)
    union all by name
    select
        'discount_band_mix' as metric_code, period_type, period_start, 'band' as scope_type, band as scope_id,
        null as currency, count(*) as numerator, 1 as denominator
    from dated_orders
    where not is_cancelled and discount_rate is not null
    group by all
    union all by name
    select
        'split_order_suspect' as metric_code, period_type, period_start, 'company' as scope_type,
        'company' as scope_id, null as currency, count(*) filter (where is_split) as numerator,
        count(*) as denominator
    from entered_orders
    where not is_cancelled
    group by all
    union all by name
    select
        'cancelled_contract_rate' as metric_code, period_type, period_start, 'company' as scope_type,
        'company' as scope_id, null as currency, count(*) filter (where is_cancelled) as numerator,
        count(*) as denominator
    from entered_orders
    group by all
    union all by name
    select
        'collection_rate' as metric_code, period_type, period_start, scope_type, scope_id, null as currency,
        sum(paid_fen) as numerator, sum(due_fen) as denominator, bool_and(paid_fen >= due_fen) as is_settled
    from scoped_invoices
    group by all
    having sum(due_fen) > 0
    union all by name
    select
        'returned_payment_amount' as metric_code, period_type, period_start, 'company' as scope_type,
        'company' as scope_id, currency, sum(amount_fen) as numerator, 1 as denominator
    from dated_payments
    group by all
)

select * from final
