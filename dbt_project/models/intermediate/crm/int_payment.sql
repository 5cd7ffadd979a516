-- Grain: one row per planned, received or returned payment that is not deleted.
-- Rule: amounts are positive and the kind says which way the money went: the status says it, whichever sign the source
-- gives to what it paid back, and what was received with a minus went back. A status that no rule knows is 'unknown'. A
-- payment without a currency is in that of its invoice.
with

payments as (
    select * from {{ ref('stg_crm__payment') }}
    where not is_deleted
),

invoices as (
    select * from {{ ref('stg_crm__invoice') }}
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
        payments.payment_id,
        payments.contract_id,
        payments.invoice_id,
        payments.account_id,
        payments.status,
        payments.method,
        payments.planned_on,
        payments.received_on,
        case
            when status_rules.payment_kind = 'received' and payments.amount_fen < 0 then 'returned'
            else coalesce(status_rules.payment_kind, 'unknown')
        end as payment_kind,
        abs(coalesce(payments.amount_fen, 0)) as amount_fen,
        coalesce(payments.currency, invoices.currency, settings.currency) as currency
    from payments
    inner join settings on payments.source_system = settings.source_system
    left join invoices
        on payments.source_system = invoices.source_system and payments.invoice_id = invoices.invoice_id
    left join status_rules on lower(trim(payments.status)) = status_rules.status
)

select * from final
