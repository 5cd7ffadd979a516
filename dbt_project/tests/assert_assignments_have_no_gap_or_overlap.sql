-- The spans of an employee follow one another without a hole: each ends on the day on which the next begins.
with

followed as (
    select
        employee_id,
        valid_to,
        lead(valid_from) over (partition by employee_id order by valid_from) as next_from
    from {{ ref('employee_assignment') }}
)

select * from followed
where next_from is not null and valid_to is distinct from next_from
