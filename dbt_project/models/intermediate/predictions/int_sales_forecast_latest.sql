-- Grain: one row per region, source, currency and month of this run's forecasts.
{{ config(tags=['after_scoring']) }}

with

forecasts as (
    select * from {{ source('predictions', 'sales_forecast') }}
),

final as (
    select * from forecasts
    where as_of = (select run_context.as_of from {{ ref('int_run_context') }} as run_context)
)

select * from final
