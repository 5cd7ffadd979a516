-- Grain: one row per version of the funnel's definition that has begun by as_of.
-- Rule: a version holds for what came in from its first day on; what came in before keeps its own. Where a version
-- still holds beside a newer one both are counted, and the newer one governs. Plan 5.3, 7: definitions are frozen.
with

definitions as (
    select * from {{ ref('funnel_definition') }}
),

run_context as (
    select * from {{ ref('int_run_context') }}
),

begun as (
    select
        definitions.* exclude (valid_to),
        coalesce(definitions.valid_to, date '{{ var("open_future") }}') as valid_to
    from definitions
    cross join run_context
    where definitions.valid_from <= run_context.as_of
),

final as (
    select
        *,
        coalesce(lead(valid_from) over (order by valid_from, definition_version), valid_to) as governs_to
    from begun
)

select * from final
