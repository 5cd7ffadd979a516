-- Grain: one row per invoice that a credit note takes something off.
-- Rule: an invoice below zero (a red-letter invoice) is a credit note. No source says which invoice it corrects, so the
-- notes of a contract in one currency, issued by the last covered day, take off its invoices: first what is still open,
-- by due day, then what is paid already, the last due first. An invoice whose status says that it was reversed is void
-- and takes one note of its own amount with it: one that is reversed, too, else one that counts; where there is none it
-- takes nothing from the others. Nothing falls below zero; what is left takes off nothing. Plan A10.
with

invoices as (
    select
        *,
        coalesce(due_on, issued_on) as falls_due_on
    from {{ ref('stg_crm__invoice') }}
    where not is_deleted and contract_id is not null
),

receipts as (
    select * from {{ ref('int_invoice_receipt') }}
),

status_rules as (
    select * from {{ ref('invoice_status_rule') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

valued as (
    select
        invoices.source_system,
        invoices.contract_id,
        invoices.invoice_id,
        invoices.amount_fen,
        invoices.falls_due_on,
        coalesce(invoices.currency, settings.currency) as invoice_currency,
        coalesce(status_rules.is_void, false) as is_void,
        coalesce(status_rules.is_reversed, false) as is_reversed,
        invoices.issued_on is null or invoices.issued_on <= settings.data_through as is_issued,
        least(coalesce(receipts.received_fen, 0), invoices.amount_fen) as paid_fen
    from invoices
    inner join settings on invoices.source_system = settings.source_system
    left join receipts
        on invoices.source_system = receipts.source_system and invoices.invoice_id = receipts.invoice_id
    left join status_rules on lower(trim(invoices.status)) = status_rules.status
),

amounts as (
    select
        source_system,
        contract_id,
        invoice_currency,
        abs(amount_fen) as note_fen,
        count(*) filter (where amount_fen < 0 and not is_void and is_issued) as note_count,
        count(*) filter (where amount_fen > 0 and is_reversed)
        - count(*) filter (where amount_fen < 0 and is_reversed) as reversed_count
    from valued
    group by all
),

credits as (
    select
        source_system,
        contract_id,
        invoice_currency,
        sum(note_fen * greatest(note_count - greatest(reversed_count, 0), 0)) as credit_fen
    from amounts
    group by all
),

charged as (
    select
        valued.source_system,
        valued.contract_id,
        valued.invoice_currency,
        valued.invoice_id,
        valued.falls_due_on,
        valued.paid_fen,
        valued.amount_fen - valued.paid_fen as open_fen,
        credits.credit_fen
    from valued
    inner join credits using (source_system, contract_id, invoice_currency)
    where valued.amount_fen > 0 and not valued.is_void and credits.credit_fen > 0
),

queued as (
    select
        *,
        sum(open_fen) over (partition by source_system, contract_id, invoice_currency) as open_total_fen,
        sum(open_fen) over (
            partition by source_system, contract_id, invoice_currency
            order by falls_due_on, invoice_id
        ) - open_fen as open_before_fen,
        sum(paid_fen) over (
            partition by source_system, contract_id, invoice_currency
            order by falls_due_on desc, invoice_id desc
        ) - paid_fen as paid_before_fen
    from charged
),

split as (
    select
        *,
        greatest(least(open_fen, credit_fen - open_before_fen), 0) as open_credited_fen,
        greatest(least(paid_fen, credit_fen - open_total_fen - paid_before_fen), 0) as paid_credited_fen
    from queued
),

final as (
    select
        source_system,
        invoice_id,
        cast(open_credited_fen + paid_credited_fen as bigint) as credited_fen
    from split
    where open_credited_fen + paid_credited_fen > 0
)

select * from final
