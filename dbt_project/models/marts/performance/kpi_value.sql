-- Grain: one row per metric, period, scope and currency: every published figure of the metric catalogue.
-- The target is the one valid on the last day of the period; `inclusive` decides on the boundary itself. A value
-- is divided once, in integers, to ten decimals. Plan 8.1.
{{ config(tags=['after_scoring']) }}

with

figures as (
    select * from {{ ref('int_kpi_pipeline') }}
    union all by name
    select * from {{ ref('int_kpi_shop') }}
    union all by name
    select * from {{ ref('int_kpi_approval') }}
    union all by name
    select * from {{ ref('int_kpi_meeting') }}
    union all by name
    select * from {{ ref('int_kpi_retention') }}
    union all by name
    select * from {{ ref('int_kpi_governance') }}
),

catalogue as (
    select * from {{ ref('metric_catalogue') }}
),

targets as (
    select * from {{ ref('target') }}
),

run_context as (
    select * from {{ ref('int_run_context') }}
),

coverage as (
    select
        source,
        max(data_through) as data_through
    from {{ ref('int_source_setting') }}
    group by source
),

dated as (
    select
        figures.* exclude (numerator, denominator),
        cast(figures.numerator as decimal(38, 4)) as numerator,
        cast(figures.denominator as decimal(38, 4)) as denominator,
        catalogue.unit,
        coalesce(coverage.data_through, run_context.as_of) as data_through,
        {{ kpi_period_end('figures.period_type', 'figures.period_start', 'coalesce(coverage.data_through, run_context.as_of)') }}
            as period_end,
        run_context.as_of
    from figures
    inner join catalogue on figures.metric_code = catalogue.metric_code
    cross join run_context
    left join coverage on catalogue.source = coverage.source
),

-- Ten thousandths are integers, so the ratio of two DECIMAL(38, 4) is a ratio of two integers.
divided as (
    select
        *,
        cast(
            {{ divide_half_up('cast(numerator * 10000 as hugeint) * 10000000000', 'cast(denominator * 10000 as hugeint)') }}
            as decimal(38, 0)
        ) * 0.0000000001 as value
    from dated
),

judged as (
    select
        divided.*,
        targets.target,
        case
            when targets.comparator = 'at_least' and targets.inclusive then '>='
            when targets.comparator = 'at_least' then '>'
            when targets.comparator = 'at_most' and targets.inclusive then '<='
            when targets.comparator = 'at_most' then '<'
        end as comparator
    from divided
    left join targets
        on
            divided.metric_code = targets.metric_code
            and divided.scope_type = targets.scope_type
            and divided.scope_id = targets.scope_id
            and divided.period_end >= targets.valid_from
    qualify row_number() over (
        partition by
            divided.metric_code, divided.period_type, divided.period_start,
            divided.scope_type, divided.scope_id, divided.currency
        order by targets.valid_from desc nulls last
    ) = 1
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
        cast(case when period_end <= data_through then 'final' else 'provisional' end as varchar) as reliability,
        cast(as_of as date) as as_of,
        cast(currency as varchar) as currency
    from judged
)

select * from final
