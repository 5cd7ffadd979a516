-- Grain: one row per source system of mails: from which day to which day it is known what was opened.
-- Rule: from its first known opening to its last covered day. Silence in mails counts only within such a span. Plan 5.3
-- (C11).
with

mails as (
    select * from {{ ref('int_customer_mail_open') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'ecommerce'
),

final as (
    select
        mails.source_system,
        min(mails.opened_on) as known_from,
        min(settings.data_through) as known_to
    from mails
    inner join settings on mails.source_system = settings.source_system
    group by mails.source_system
)

select * from final
