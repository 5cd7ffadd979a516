-- Grain: one row per invoice with money on it by the last covered day; received and returned apart.
with

payments as (
    select * from {{ ref('stg_crm__payment') }}
    where not is_deleted and invoice_id is not null
),

status_rules as (
    select * from {{ ref('payment_status_rule') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

final as (
    select
        payments.source_system,
        payments.invoice_id,
        cast(sum(payments.amount_fen) filter (where status_rules.payment_kind = 'received') as bigint)
            as received_fen,
        cast(sum(payments.amount_fen) filter (where status_rules.payment_kind = 'returned') as bigint)
            as returned_fen,
        max(payments.received_on) filter (where status_rules.payment_kind = 'received') as last_received_on
    from payments
    inner join settings on payments.source_system = settings.source_system
    inner join status_rules on lower(trim(payments.status)) = status_rules.status
    where payments.received_on <= settings.data_through
    group by all
)

select * from final
