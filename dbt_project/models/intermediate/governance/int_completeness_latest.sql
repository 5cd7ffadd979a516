-- Grain: one row per entity, field and stage of the newest completeness scores.
{{ config(tags=['after_scoring']) }}

with

scores as (
    select * from {{ source('dq', 'completeness_daily') }}
),

final as (
    select * from scores
    qualify dense_rank() over (order by as_of desc) = 1
)

select * from final
