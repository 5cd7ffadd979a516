-- Grain: one row, the definition of the funnel that is in force on as_of.
-- Rule: the newest version whose first day is not after as_of. Plan 5.3: definitions are frozen and versioned.
with

definitions as (
    select * from {{ ref('funnel_definition') }}
),

run_context as (
    select * from {{ ref('int_run_context') }}
),

final as (
    select definitions.*
    from definitions
    cross join run_context
    where definitions.valid_from <= run_context.as_of
    qualify row_number() over (order by definitions.valid_from desc, definitions.definition_version desc) = 1
)

select * from final
