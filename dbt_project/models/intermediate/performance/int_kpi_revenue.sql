-- Grain: one row per metric, period, scope and currency of revenue over both channels; the shop's own channel
-- figures are in int_kpi_shop. Shares are of the default currency alone: amounts of two currencies do not add up.
-- Plan 2.1, 3.1.
with

movements as (
    select * from {{ ref('int_revenue_movement') }}
),

periods as (
    select unnest(['month', 'quarter', 'year']) as period_type
),

scopes as (
    select unnest([
        'company', 'channel', 'region', 'region_as_is', 'product_line', 'product_type', 'industry', 'sales_model',
        'touch', 'source'
    ]) as scope_type
),

dated as (
    select
        movements.*,
        periods.period_type,
        {{ kpi_period_start('periods.period_type', 'movements.moved_on', 'movements.moved_on') }} as period_start
    from movements
    cross join periods
),

scoped as (
    select
        dated.*,
        scopes.scope_type,
        case scopes.scope_type
            when 'company' then 'company'
            when 'channel' then dated.order_channel
            when 'region' then dated.region_id
            when 'region_as_is' then dated.region_id_as_is
            when 'product_line' then dated.series
            when 'product_type' then dated.product_type
            when 'industry' then dated.industry
            when 'sales_model' then dated.sales_model
            when 'touch' then dated.touch
            when 'source' then dated.lead_source
        end as scope_id
    from dated
    cross join scopes
),

revenue as (
    select
        'sales_revenue' as metric_code, period_type, period_start, scope_type, scope_id, currency,
        sum(fen) as numerator, 1 as denominator
    from scoped
    where scope_id is not null and not (scope_type = 'channel' and scope_id = 'shop')
    group by all
),

parts as (
    select
        period_type,
        period_start,
        sum(fen) as whole_fen,
        coalesce(sum(fen) filter (where product_type = 'service'), 0) as service_fen,
        coalesce(sum(fen) filter (where series = 'A'), 0) as series_a_fen,
        coalesce(sum(fen) filter (where series = 'B'), 0) as series_b_fen,
        coalesce(sum(fen) filter (where touch = 'online'), 0) as online_fen,
        coalesce(sum(fen) filter (where sales_model = 'distribution'), 0) as distribution_fen,
        coalesce(sum(fen) filter (where is_social), 0) as social_fen,
        coalesce(sum(fen) filter (where is_emerging), 0) as emerging_fen
    from dated
    where currency = '{{ var("default_currency") }}' and period_type in ('quarter', 'year')
    group by all
),

shares as (
    select
        'service_revenue_share' as metric_code, period_type, period_start, service_fen as numerator, whole_fen
    from parts
    union all
    select
        'share_of_product_a' as metric_code, period_type, period_start, series_a_fen as numerator, whole_fen
    from parts
    union all
    select
        'share_of_product_b' as metric_code, period_type, period_start, series_b_fen as numerator, whole_fen
    from parts
    union all
    select
        'online_revenue_share' as metric_code, period_type, period_start, online_fen as numerator, whole_fen
    from parts
    union all
    select
        'distribution_revenue_share' as metric_code, period_type, period_start, distribution_fen as numerator, whole_fen
    from parts
    union all
    select
        'social_revenue_share' as metric_code, period_type, period_start, social_fen as numerator, whole_fen
    from parts
    union all
    select
        'emerging_industry_revenue_share' as metric_code, period_type, period_start, emerging_fen as numerator,
        whole_fen
    from parts
),

quarter_shares as (
    select
        'quarter_revenue_share' as metric_code,
        'year' as period_type,
        {{ kpi_period_start("'year'", 'period_start', 'period_start') }} as period_start,
        'quarter' as scope_type,
        'Q' || quarter(period_start) as scope_id,
        cast(null as varchar) as currency,
        whole_fen as numerator,
        sum(whole_fen) over (
            partition by {{ kpi_period_start("'year'", 'period_start', 'period_start') }}
        ) as denominator
    from parts
    where period_type = 'quarter'
),

margins as (
    select
        'gross_margin_rate' as metric_code, period_type, period_start, 'company' as scope_type,
        'company' as scope_id, null as currency,
        sum(fen) - sum(cost_fen) as numerator, sum(fen) as denominator
    from dated
    where
        order_channel = 'contract' and cost_fen is not null and period_type in ('quarter', 'year')
        and currency = '{{ var("default_currency") }}'
    group by all
),

-- A share of what refunds made negative says nothing.
final as (
    select * from revenue
    union all
    select
        metric_code, period_type, period_start, 'company' as scope_type, 'company' as scope_id, null as currency,
        numerator, whole_fen as denominator
    from shares
    where numerator between 0 and whole_fen and whole_fen > 0
    union all
    select * from quarter_shares
    where numerator between 0 and denominator and denominator > 0
    union all
    select * from margins
    where denominator > 0
)

select * from final
