-- Grain: one row per metric, year, scope and currency of the sales budget.
-- The whole year's budget counts from its first day on: it is a plan. Shares are of the budget in the currency of the
-- source. Plan 3.3, 7.3 (J1, J3, J4, J5).
with

budgets as (
    select * from {{ ref('stg_fin__budget') }}
    where not is_deleted
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'finance'
),

run_context as (
    select * from {{ ref('int_run_context') }}
),

planned as (
    select
        cast(date_trunc('year', budgets.budget_month) as date) as period_start,
        budgets.category,
        coalesce(budgets.currency, settings.currency) as currency,
        settings.currency as source_currency,
        budgets.amount_fen
    from budgets
    inner join settings on budgets.source_system = settings.source_system
    cross join run_context
    where year(budgets.budget_month) <= year(run_context.as_of)
),

by_category as (
    select
        period_start,
        category,
        sum(amount_fen) as category_fen,
        sum(sum(amount_fen)) over (partition by period_start) as budget_fen
    from planned
    where currency = source_currency
    group by period_start, category
),

final as (
    select
        'sales_budget_total' as metric_code, 'year' as period_type, period_start, 'company' as scope_type,
        'company' as scope_id, currency, sum(amount_fen) as numerator, 1 as denominator
    from planned
    group by all
    union all
    select
        'budget_share_marketing' as metric_code, 'year' as period_type, period_start, 'company' as scope_type,
        'company' as scope_id, null as currency, category_fen as numerator, budget_fen as denominator
    from by_category
    where category = 'marketing' and budget_fen > 0
    union all
    select
        'budget_share_training' as metric_code, 'year' as period_type, period_start, 'company' as scope_type,
        'company' as scope_id, null as currency, category_fen as numerator, budget_fen as denominator
    from by_category
    where category = 'training' and budget_fen > 0
    union all
    select
        'budget_share_technology' as metric_code, 'year' as period_type, period_start, 'company' as scope_type,
        'company' as scope_id, null as currency, category_fen as numerator, budget_fen as denominator
    from by_category
    where category = 'technology' and budget_fen > 0
)

select * from final
