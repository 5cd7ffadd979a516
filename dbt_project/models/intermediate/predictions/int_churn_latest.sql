-- Grain: one row per customer of the newest churn run and its newest snapshot.
{{ config(tags=['after_scoring']) }}

with

scores as (
    select * from {{ source('predictions', 'churn') }}
),

final as (
    select * from scores
    qualify
        dense_rank() over (order by as_of desc, snapshot_date desc) = 1
)

select * from final
