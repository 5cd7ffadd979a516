-- Grain: one row per field that somebody changed in a CRM record, and instant.
-- Rule: the CRM writes updated_at with every save; where it is the only field of a save, nothing was changed, and the
-- save is empty. Who only saves to look busy is told from who works. Plan 2.4 (H4).
with

changes as (
    select * from {{ ref('stg_crm__change_log') }}
    where not is_deleted
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

employees as (
    select * from {{ ref('dim_employee') }}
),

final as (
    select
        cast(changes.source_system as varchar) as source_system,
        cast(coalesce(employees.employee_id, 'unknown') as varchar) as employee_id,
        cast(changes.user_id as varchar) as user_reference,
        cast(changes.entity as varchar) as entity,
        cast(changes.record_id as varchar) as record_reference,
        cast(changes.field as varchar) as field,
        cast(changes.changed_at as timestamptz) as changed_at,
        cast({{ business_date('changes.changed_at', 'settings.business_zone') }} as date) as changed_on,
        cast(changes.field = 'updated_at' as boolean) as is_empty_save
    from changes
    inner join settings on changes.source_system = settings.source_system
    left join employees on changes.source_system || ':' || changes.user_id = employees.employee_id
)

select * from final
