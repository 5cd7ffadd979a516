-- Grain: one row per mail opened by a contact of a CRM account; opens that a filter ascribes to a machine are out.
-- Rule: the recipient's token is that of a contact's e-mail; an address of two accounts opens for both. Plan 5.3
-- (C11).
with

opens as (
    select * from {{ ref('stg_mk__engagement') }}
    where
        not is_deleted
        and lower(action) in ('open', 'click')
        and not coalesce(is_bot_filtered, false)
),

contacts as (
    select distinct
        source_system || ':' || account_id as customer_id,
        email
    from {{ ref('stg_crm__contact') }}
    where not is_deleted and email is not null and account_id is not null
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'ecommerce'
),

final as (
    select
        contacts.customer_id,
        opens.source_system,
        opens.platform,
        opens.event_id,
        {{ business_date('opens.occurred_at', 'settings.business_zone') }} as opened_on
    from opens
    inner join contacts on opens.recipient_id = contacts.email
    inner join settings on opens.source_system = settings.source_system
)

select * from final
