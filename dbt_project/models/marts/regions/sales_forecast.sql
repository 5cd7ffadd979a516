-- Grain: one row per region, source, currency and forecast month of the newest forecast run.
{{ config(tags=['after_scoring']) }}

with

forecasts as (
    select * from {{ ref('int_sales_forecast_latest') }}
),

regions as (
    select * from {{ ref('dim_region') }}
),

final as (
    select
        cast(forecasts.region_id as varchar) as region_id,
        cast(coalesce(regions.region_name, forecasts.region_id) as varchar) as region_name,
        cast(forecasts.source as varchar) as source,
        cast(forecasts.currency as varchar) as currency,
        cast(forecasts.period_start as date) as period_start,
        cast(forecasts.horizon as integer) as horizon,
        cast(forecasts.forecast_fen as bigint) as forecast_fen,
        cast(forecasts.lower_fen as bigint) as lower_fen,
        cast(forecasts.upper_fen as bigint) as upper_fen,
        cast(forecasts.served_by as varchar) as served_by,
        cast(forecasts.model_version as varchar) as model_version,
        cast(forecasts.as_of as date) as as_of
    from forecasts
    left join regions using (region_id)
)

select * from final
