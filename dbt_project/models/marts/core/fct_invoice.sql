-- Grain: one row per invoice that is not deleted. due_fen is what is to be collected: the invoice less what credit
-- notes of its contract take off it; nothing of a credit note itself. paid_fen is what was received by the last covered
-- day, at most due_fen: collection counts by the due date, and an overpaid invoice may not pay for another.
-- collected_fen is what is left of it after what was paid back. Void invoices stay and are flagged. Plan A10.
with

invoices as (
    select
        *,
        {{ joined_key(['source_system', 'invoice_id']) }} as invoice_key,
        {{ joined_key(['source_system', 'contract_id']) }} as contract_key,
        {{ joined_key(['source_system', 'account_id']) }} as account_key
    from {{ ref('stg_crm__invoice') }}
    where not is_deleted
),

receipts as (
    select * from {{ ref('int_invoice_receipt') }}
),

credits as (
    select * from {{ ref('int_invoice_credit') }}
),

status_rules as (
    select * from {{ ref('invoice_status_rule') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

contracts as (
    select * from {{ ref('fct_contract') }}
),

customers as (
    select * from {{ ref('dim_customer') }}
),

regions as (
    select * from {{ ref('int_province_region') }}
),

valued as (
    select
        invoices.*,
        coalesce(status_rules.is_void, false) as is_void,
        greatest(coalesce(invoices.amount_fen, 0) - coalesce(credits.credited_fen, 0), 0) as due_fen,
        coalesce(receipts.received_fen, 0) as received_fen,
        coalesce(receipts.returned_fen, 0) as returned_fen,
        coalesce(receipts.has_other_currency, false) as has_other_currency,
        receipts.last_received_on,
        coalesce(invoices.currency, settings.currency) as invoice_currency,
        coalesce(invoices.due_on, invoices.issued_on) as falls_due_on
    from invoices
    inner join settings on invoices.source_system = settings.source_system
    left join receipts
        on invoices.source_system = receipts.source_system and invoices.invoice_id = receipts.invoice_id
    left join credits
        on invoices.source_system = credits.source_system and invoices.invoice_id = credits.invoice_id
    left join status_rules on lower(trim(invoices.status)) = status_rules.status
),

final as (
    select
        cast(valued.invoice_key as varchar) as invoice_id,
        cast(valued.source_system as varchar) as source_system,
        cast(coalesce(contracts.contract_id, 'unknown') as varchar) as contract_id,
        cast(coalesce(customers.customer_id, contracts.customer_id, 'unknown') as varchar) as customer_id,
        cast(coalesce(customers.survivor_customer_id, contracts.survivor_customer_id, 'unknown') as varchar)
            as survivor_customer_id,
        cast(coalesce(regions.region_id, contracts.region_id_as_was, 'unknown') as varchar) as region_id_as_was,
        cast(valued.status as varchar) as status,
        cast(valued.is_void as boolean) as is_void,
        cast(coalesce(valued.amount_fen, 0) as bigint) as amount_fen,
        cast(valued.due_fen as bigint) as due_fen,
        cast(least(valued.received_fen, valued.due_fen) as bigint) as paid_fen,
        cast(valued.returned_fen as bigint) as returned_fen,
        cast(
            case
                when valued.amount_fen < 0 then 0
                else least(valued.received_fen - valued.returned_fen, valued.due_fen)
            end as bigint
        ) as collected_fen,
        cast(valued.has_other_currency as boolean) as has_other_currency,
        cast(valued.invoice_currency as varchar) as currency,
        cast(valued.issued_on as date) as issued_on,
        cast(valued.falls_due_on as date) as due_on,
        cast(valued.last_received_on as date) as last_received_on
    from valued
    left join contracts on valued.contract_key = contracts.contract_id
    left join customers on valued.account_key = customers.customer_id
    left join regions
        on
            customers.province = regions.province
            and valued.falls_due_on >= regions.valid_from
            and (regions.valid_to is null or valued.falls_due_on < regions.valid_to)
)

select * from final
