-- Grain: one row per metric, period, scope and currency: every published figure of the metric catalogue.
-- The target is the one valid on the last day of the period; `inclusive` decides on the boundary itself. Targets of
-- money are in the default currency, so amounts in another have none. A figure is final once its whole period is
-- covered and, if it counts what came of something, nothing more can come. Plan 5.3, 8.1.
{{ config(tags=['after_scoring']) }}

with

figures as (
    select * from {{ ref('int_kpi_figure') }}
),

period_types as (
    select distinct figures.period_type from figures
),

targets as (
    select
        target.metric_code,
        target.scope_type,
        target.scope_id,
        period_types.period_type,
        target.target,
        target.comparator,
        target.inclusive,
        target.valid_from,
        coalesce(target.valid_to, date '{{ var("open_future") }}') as valid_to
    from {{ ref('target') }} as target
    inner join period_types on coalesce(target.period_type, period_types.period_type) = period_types.period_type
),

judged as (
    select
        figures.*,
        targets.target,
        case
            when targets.comparator = 'at_least' and targets.inclusive then '>='
            when targets.comparator = 'at_least' then '>'
            when targets.comparator = 'at_most' and targets.inclusive then '<='
            when targets.comparator = 'at_most' then '<'
        end as comparator,
        row_number() over (
            partition by
                figures.metric_code, figures.period_type, figures.period_start,
                figures.scope_type, figures.scope_id, figures.currency
            order by targets.valid_from desc nulls last
        ) as target_age
    from figures
    left join targets
        on
            figures.metric_code = targets.metric_code
            and figures.scope_type = targets.scope_type
            and figures.scope_id = targets.scope_id
            and figures.period_type = targets.period_type
            and figures.period_end >= targets.valid_from
            and figures.period_end < targets.valid_to
            and coalesce(figures.currency = '{{ var("default_currency") }}', true)
),

final as (
    select
        cast(metric_code as varchar) as metric_code,
        cast(period_type as varchar) as period_type,
        cast(period_start as date) as period_start,
        cast(scope_type as varchar) as scope_type,
        cast(scope_id as varchar) as scope_id,
        cast(numerator as decimal(38, 4)) as numerator,
        cast(denominator as decimal(38, 4)) as denominator,
        cast(value as decimal(38, 10)) as value,
        cast(unit as varchar) as unit,
        cast(target as decimal(38, 10)) as target,
        cast(comparator as varchar) as comparator,
        cast(
            case
                when comparator is null or value is null then 'no_target'
                when comparator = '>=' and value >= target then 'met'
                when comparator = '>' and value > target then 'met'
                when comparator = '<=' and value <= target then 'met'
                when comparator = '<' and value < target then 'met'
                else 'missed'
            end as varchar
        ) as status,
        cast(
            case
                when is_known_from_start and is_settled and period_end + maturity_days <= data_through then 'final'
                else 'provisional'
            end as varchar
        ) as reliability,
        cast(as_of as date) as as_of,
        cast(currency as varchar) as currency
    from judged
    where target_age = 1
)

select * from final
