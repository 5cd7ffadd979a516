-- Grain: one row per invoice on which money came or went by the last covered day; received and returned apart.
-- Rule: only money in the currency of the invoice pays it. Money in another is never added: the flag says that there is
-- some, it stands in fct_payment.
with

payments as (
    select * from {{ ref('int_payment') }}
    where payment_kind in ('received', 'returned')
),

invoices as (
    select * from {{ ref('stg_crm__invoice') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

marked as (
    select
        payments.*,
        payments.currency = coalesce(invoices.currency, settings.currency) as is_of_invoice_currency
    from payments
    inner join settings on payments.source_system = settings.source_system
    inner join invoices
        on payments.source_system = invoices.source_system and payments.invoice_id = invoices.invoice_id
    where payments.received_on <= settings.data_through
),

summed as (
    select
        source_system,
        invoice_id,
        bool_or(not is_of_invoice_currency) as has_other_currency,
        sum(amount_fen) filter (where is_of_invoice_currency and payment_kind = 'received') as received_fen,
        sum(amount_fen) filter (where is_of_invoice_currency and payment_kind = 'returned') as returned_fen,
        max(received_on) filter (where is_of_invoice_currency and payment_kind = 'received') as last_received_on
    from marked
    group by all
),

final as (
    select
        source_system,
        invoice_id,
        has_other_currency,
        cast(coalesce(received_fen, 0) as bigint) as received_fen,
        cast(coalesce(returned_fen, 0) as bigint) as returned_fen,
        last_received_on
    from summed
)

select * from final
