-- Grain: one row per entity, field and owner of the records, of this run's completeness scores.
{{ config(tags=['after_scoring']) }}

with

scores as (
    select * from {{ source('dq', 'completeness_by_owner') }}
),

final as (
    select * from scores
    where as_of = (select run_context.as_of from {{ ref('int_run_context') }} as run_context)
)

select * from final
