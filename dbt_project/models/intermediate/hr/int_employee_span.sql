-- Grain: one row per employee of the HR system and span in one role and region, gaps between spans among them.
-- Rule: spans are half-open [valid_from, valid_to). A span ends where the next one begins, even if the source let it
-- run on; one that is open ends on the day after the person left. Days between two spans that no span covers are a
-- span of their own (`gap`) in region unknown, so that no day between the first and the last is missing. Plan 5.7.
with

assignments as (
    select * from {{ ref('stg_hr__assignment') }}
    where not is_deleted
),

people as (
    select * from {{ ref('stg_hr__employee') }}
),

employee_keys as (
    select * from {{ ref('int_employee_key') }}
    where source = 'hr'
),

delivered as (
    select
        employee_keys.employee_id,
        coalesce(nullif(trim(assignments.region_id), ''), 'unknown') as region_id,
        assignments.role,
        assignments.business_unit,
        assignments.is_front_line,
        managers.employee_id as manager_employee_id,
        assignments.valid_from,
        case
            when assignments.valid_to < date '{{ var("open_future") }}' then assignments.valid_to + 1
            when people.left_on >= assignments.valid_from then people.left_on + 1
        end as ends_on,
        assignments.source_system
    from assignments
    inner join employee_keys
        on
            assignments.source_system = employee_keys.source_system
            and assignments.employee_id = employee_keys.person_reference
    left join employee_keys as managers
        on
            assignments.source_system = managers.source_system
            and assignments.manager_employee_id = managers.person_reference
    left join people
        on
            assignments.source_system = people.source_system
            and assignments.employee_id = people.employee_id
),

-- Two HR systems that begin a span of one person on one day: the alphabetically first counts, on every rebuild.
first_of_day as (
    select * from delivered
    qualify row_number() over (partition by employee_id, valid_from order by source_system) = 1
),

followed as (
    select
        *,
        lead(valid_from) over (partition by employee_id order by valid_from) as next_from
    from first_of_day
),

cut as (
    select
        * exclude (ends_on, next_from, source_system),
        least(ends_on, next_from) as valid_to,
        next_from
    from followed
),

gaps as (
    select
        employee_id,
        'unknown' as region_id,
        valid_to as valid_from,
        next_from as valid_to,
        'gap' as assignment_basis
    from cut
    where valid_to < next_from
),

final as (
    select * exclude (next_from), 'hr_assignment' as assignment_basis from cut
    where valid_to > valid_from or valid_to is null
    union all by name
    select * from gaps
)

select * from final
