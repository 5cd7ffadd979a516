-- Grain: one row per employee of the HR system and certified skill, half-open [valid_from, valid_to).
with

certificates as (
    select * from {{ ref('stg_hr__certificate') }}
    where not is_deleted and valid_from is not null
),

employee_keys as (
    select * from {{ ref('int_employee_key') }}
    where source = 'hr'
),

final as (
    select
        employee_keys.employee_id,
        certificates.skill_code,
        min(certificates.valid_from) as valid_from,
        case
            when bool_and(certificates.valid_to < date '{{ var("open_future") }}') then max(certificates.valid_to) + 1
        end as valid_to
    from certificates
    inner join employee_keys
        on
            certificates.source_system = employee_keys.source_system
            and certificates.employee_id = employee_keys.person_reference
    group by employee_keys.employee_id, certificates.skill_code
)

select * from final
