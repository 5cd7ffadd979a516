-- Grain: one row per invoice that is not deleted. paid_fen is what was received by the last covered day, at most the
-- invoice: collection counts by the due date, and an overpaid invoice may not pay for another. collected_fen is what is
-- left of it after what was paid back. Void invoices stay and are flagged. Plan A10.
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

final as (
    select
        cast(invoices.invoice_key as varchar) as invoice_id,
        cast(invoices.source_system as varchar) as source_system,
        cast(coalesce(contracts.contract_id, 'unknown') as varchar) as contract_id,
        cast(coalesce(customers.customer_id, contracts.customer_id, 'unknown') as varchar) as customer_id,
        cast(coalesce(customers.survivor_customer_id, contracts.survivor_customer_id, 'unknown') as varchar)
            as survivor_customer_id,
        cast(coalesce(regions.region_id, contracts.region_id_as_was, 'unknown') as varchar) as region_id_as_was,
        cast(invoices.status as varchar) as status,
        cast(coalesce(status_rules.is_void, false) as boolean) as is_void,
        cast(coalesce(invoices.amount_fen, 0) as bigint) as amount_fen,
        cast(least(coalesce(receipts.received_fen, 0), coalesce(invoices.amount_fen, 0)) as bigint) as paid_fen,
        cast(coalesce(receipts.returned_fen, 0) as bigint) as returned_fen,
        cast(
            least(
                coalesce(receipts.received_fen, 0) - coalesce(receipts.returned_fen, 0),
                coalesce(invoices.amount_fen, 0)
            ) as bigint
        ) as collected_fen,
        cast(coalesce(invoices.currency, settings.currency) as varchar) as currency,
        cast(invoices.issued_on as date) as issued_on,
        cast(coalesce(invoices.due_on, invoices.issued_on) as date) as due_on,
        cast(receipts.last_received_on as date) as last_received_on
    from invoices
    inner join settings on invoices.source_system = settings.source_system
    left join receipts
        on invoices.source_system = receipts.source_system and invoices.invoice_id = receipts.invoice_id
    left join status_rules on lower(trim(invoices.status)) = status_rules.status
    left join contracts on invoices.contract_key = contracts.contract_id
    left join customers on invoices.account_key = customers.customer_id
    left join regions
        on
            customers.province = regions.province
            and coalesce(invoices.due_on, invoices.issued_on) >= regions.valid_from
            and (regions.valid_to is null or coalesce(invoices.due_on, invoices.issued_on) < regions.valid_to)
)

select * from final
