-- Grain: one row per region, source, currency and month of the newest forecast run of that source.
{{ config(tags=['after_scoring']) }}

with

forecasts as (
    select * from {{ source('predictions', 'sales_forecast') }}
),

final as (
    select * from forecasts
    qualify dense_rank() over (partition by source order by as_of desc) = 1
)

select * from final
