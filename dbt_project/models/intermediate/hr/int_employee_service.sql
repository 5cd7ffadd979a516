-- Grain: one row per employee and assignment.
-- Rule: from which day on an assignment says where its employee counts: who came later counts where the first one is,
-- who has left where the last one was; joined as of the day that is asked about. Plan 5.7.
with

assignments as (
    select * from {{ ref('employee_assignment') }}
),

final as (
    select
        *,
        case when assignment_number = 1 then date '{{ var("open_past") }}' else valid_from end as serves_from
    from assignments
)

select * from final
