-- Grain: one row per metric, period, scope and currency: every figure of the metric catalogue, divided.
-- A figure names its source where the metric has several, maturity_days where what came in within a period can still
-- become something for so long after its end, covered_from where its facts are known from a day on only, and
-- is_settled where something of the period is open however long it takes, such as an invoice that is not paid.
-- Rule: a value is divided once, in integers, to ten decimals; numerator and denominator stay beside it.
{{ config(tags=['after_scoring']) }}

with

figures as (
    select * from {{ ref('int_kpi_pipeline') }}
    union all by name
    select * from {{ ref('int_kpi_lead') }}
    union all by name
    select * from {{ ref('int_kpi_campaign') }}
    union all by name
    select * from {{ ref('int_kpi_funnel') }}
    union all by name
    select * from {{ ref('int_kpi_deal') }}
    union all by name
    select * from {{ ref('int_kpi_process') }}
    union all by name
    select * from {{ ref('int_kpi_coverage') }}
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
    union all by name
    select * from {{ ref('int_kpi_team') }}
    union all by name
    select * from {{ ref('int_kpi_skill') }}
    union all by name
    select * from {{ ref('int_kpi_finance') }}
    union all by name
    select * from {{ ref('int_kpi_revenue') }}
    union all by name
    select * from {{ ref('int_kpi_contract') }}
    union all by name
    select * from {{ ref('int_kpi_customer') }}
    union all by name
    select * from {{ ref('int_kpi_service') }}
    union all by name
    select * from {{ ref('int_kpi_segment') }}
    union all by name
    select * from {{ ref('int_kpi_growth') }}
),

catalogue as (
    select * from {{ ref('metric_catalogue') }}
),

run_context as (
    select * from {{ ref('int_run_context') }}
),

coverage as (
    select * from {{ ref('int_source_coverage') }}
),

dated as (
    select
        figures.* exclude (numerator, denominator),
        cast(figures.numerator as decimal(38, 4)) as numerator,
        cast(figures.denominator as decimal(38, 4)) as denominator,
        catalogue.unit,
        coalesce(coverage.data_through, run_context.as_of) as data_through,
        run_context.as_of
    from figures
    inner join catalogue on figures.metric_code = catalogue.metric_code
    cross join run_context
    left join coverage on coalesce(figures.source, catalogue.source) = coverage.source
),

bounded as (
    select
        * exclude (maturity_days, covered_from, is_settled),
        coalesce(is_settled, true) as is_settled,
        {{ kpi_period_end('period_type', 'period_start', 'data_through') }} as period_end,
        coalesce(maturity_days, 0) as maturity_days,
        coalesce(
            {{ is_known_from_start('period_start', 'covered_from') }} or period_type = 'to_date', true
        ) as is_known_from_start,
        cast(numerator * 10000 as hugeint) as numerator_parts,
        cast(denominator * 10000 as hugeint) as denominator_parts
    from dated
),

-- Ten thousandths are integers, so the ratio of two DECIMAL(38, 4) is a ratio of two integers.
final as (
    select
        *,
        cast(
            {{ divide_half_up('numerator_parts * 10000000000', 'denominator_parts') }} as decimal(38, 0)
        ) * 0.0000000001 as value
    from bounded
)

select * from final
