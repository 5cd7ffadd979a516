-- Grain: one row per employee and span in one role and region, half-open [valid_from, valid_to).
-- Rule: the HR system's spans; where it has none for a CRM user, the regions that the CRM delivered one after the
-- other, the first of them from the day of hiring on (assignment_basis says which). Choosing the day of a join
-- chooses the view of a fact: the day of the event (as-was), the last covered day (as-is), any other (as-of). Plan 5.7.
with

hr_spans as (
    select * from {{ ref('int_employee_span') }}
),

employee_keys as (
    select * from {{ ref('int_employee_key') }}
    where source = 'crm'
),

user_regions as (
    select * from {{ ref('stg_crm__user_region') }}
),

users as (
    select * from {{ ref('stg_crm__user') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

delivered_regions as (
    select
        employee_keys.employee_id,
        coalesce(user_regions.region, 'unknown') as region_id,
        case
            when user_regions.version_number = 1 then coalesce(users.hired_on, date '{{ var("open_past") }}')
            when user_regions.updated_at is null then user_regions._load_date
            else {{ business_date('user_regions.updated_at', 'settings.business_zone') }}
        end as valid_from,
        users.left_on + 1 as ends_on,
        user_regions.version_number
    from user_regions
    inner join employee_keys
        on
            user_regions.source_system = employee_keys.source_system
            and user_regions.user_id = employee_keys.person_reference
    inner join users
        on
            user_regions.source_system = users.source_system
            and user_regions.user_id = users.user_id
    left join settings on user_regions.source_system = settings.source_system
    anti join hr_spans on employee_keys.employee_id = hr_spans.employee_id
),

last_of_day as (
    select * from delivered_regions
    qualify row_number() over (partition by employee_id, valid_from order by version_number desc) = 1
),

followed as (
    select
        *,
        lead(valid_from) over (partition by employee_id order by valid_from) as next_from
    from last_of_day
),

crm_spans as (
    select
        employee_id,
        region_id,
        valid_from,
        -- The last region of who left ends with the employment, unless the CRM dates it later than that.
        case when next_from is not null then next_from when ends_on > valid_from then ends_on end as valid_to,
        'crm_user' as assignment_basis
    from followed
),

spans as (
    select * from hr_spans
    union all by name
    select * from crm_spans
),

final as (
    select
        cast(employee_id as varchar) as employee_id,
        cast(row_number() over (partition by employee_id order by valid_from) as integer) as assignment_number,
        cast(region_id as varchar) as region_id,
        cast(role as varchar) as role,
        cast(business_unit as varchar) as business_unit,
        cast(manager_employee_id as varchar) as manager_employee_id,
        cast(is_front_line as boolean) as is_front_line,
        cast(assignment_basis as varchar) as assignment_basis,
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to
    from spans
)

select * from final
