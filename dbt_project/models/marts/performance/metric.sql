-- Grain: one row per metric that performance.kpi_value publishes, and per metric of the plan that no contract has a
-- source for.
-- Rule: published with at least one figure; else no_data, whether its source has not delivered or nothing in it gives a
-- figure; no_source where no contract can carry what it counts. The reason stands beside the state. Plan 8.1.
{{ config(tags=['after_scoring']) }}

with

catalogue as (
    select * from {{ ref('metric_catalogue') }}
),

without_source as (
    select * from {{ ref('metric_without_source') }}
),

figures as (
    select
        metric_code,
        count(*) as figure_count,
        max(period_start) as last_period_start
    from {{ ref('int_kpi_figure') }}
    group by metric_code
),

deliveries as (
    select * from {{ ref('int_source_coverage') }}
),

counted as (
    select
        catalogue.*,
        coalesce(figures.figure_count, 0) as figure_count,
        figures.last_period_start,
        deliveries.data_through
    from catalogue
    left join figures on catalogue.metric_code = figures.metric_code
    left join deliveries on catalogue.source = deliveries.source
),

explained as (
    select
        *,
        case when figure_count > 0 then 'published' else 'no_data' end as state,
        case
            when figure_count > 0 then null
            when data_through is null then 'Source ' || source || ' has not delivered anything.'
            else 'Source ' || source || ' has delivered, but nothing that gives a figure.'
        end as reason_en,
        case
            when figure_count > 0 then null
            when data_through is null then '来源 ' || source || ' 尚未交付数据。'
            else '来源 ' || source || ' 已交付数据，但不足以得出数值。'
        end as reason_zh
    from counted
),

metrics as (
    select * from explained
    union all by name
    select
        without_source.* exclude (missing_en, missing_zh),
        'plan' as origin,
        0 as figure_count,
        'no_source' as state,
        without_source.missing_en as reason_en,
        without_source.missing_zh as reason_zh
    from without_source
),

final as (
    select
        cast(metric_code as varchar) as metric_code,
        cast(catalogue_no as varchar) as catalogue_no,
        cast(name_en as varchar) as name_en,
        cast(name_zh as varchar) as name_zh,
        cast(unit as varchar) as unit,
        cast(direction as varchar) as direction,
        cast(formula as varchar) as formula,
        cast(plan_section as varchar) as plan_section,
        cast(origin as varchar) as origin,
        cast(source as varchar) as source,
        cast(data_through as date) as data_through,
        cast(state as varchar) as state,
        cast(figure_count as bigint) as figure_count,
        cast(last_period_start as date) as last_period_start,
        cast(reason_en as varchar) as reason_en,
        cast(reason_zh as varchar) as reason_zh
    from metrics
)

select * from final
