-- Grain: one row per customer of this run's churn scores. A run that served nobody shows nobody's.
{{ config(tags=['after_scoring']) }}

with

scores as (
    select * from {{ source('predictions', 'churn') }}
),

final as (
    select * from scores
    where as_of = (select run_context.as_of from {{ ref('int_run_context') }} as run_context)
)

select * from final
