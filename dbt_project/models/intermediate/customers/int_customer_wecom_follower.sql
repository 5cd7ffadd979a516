-- Grain: one row per CRM account and employee who has one of its contacts in WeCom, with the day of the first adding,
-- NULL where it is not known. Who was removed is not known any more. Plan 5.3, 6.3.
with

external_contacts as (
    select * from {{ ref('stg_crm__external_contact') }}
    where not is_deleted
),

contacts as (
    select * from {{ ref('stg_crm__contact') }}
    where not is_deleted and account_id is not null
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

final as (
    select
        contacts.source_system || ':' || contacts.account_id as customer_id,
        external_contacts.follow_userid,
        min({{ business_date('external_contacts.created_at', 'settings.business_zone') }}) as first_added_on
    from external_contacts
    inner join contacts on external_contacts.external_userid = contacts.wecom_external_userid
    inner join settings on external_contacts.source_system = settings.source_system
    group by all
)

select * from final
