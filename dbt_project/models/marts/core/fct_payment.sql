-- Grain: one row per planned, received or returned payment that is not deleted; amounts are positive, the kind says
-- which way the money went (int_payment).
with

payments as (
    select
        *,
        {{ joined_key(['source_system', 'payment_id']) }} as payment_key,
        {{ joined_key(['source_system', 'contract_id']) }} as contract_key,
        {{ joined_key(['source_system', 'invoice_id']) }} as invoice_key,
        {{ joined_key(['source_system', 'account_id']) }} as account_key
    from {{ ref('int_payment') }}
),

contracts as (
    select * from {{ ref('fct_contract') }}
),

invoices as (
    select * from {{ ref('fct_invoice') }}
),

customers as (
    select * from {{ ref('dim_customer') }}
),

final as (
    select
        cast(payments.payment_key as varchar) as payment_id,
        cast(payments.source_system as varchar) as source_system,
        cast(coalesce(contracts.contract_id, 'unknown') as varchar) as contract_id,
        cast(coalesce(invoices.invoice_id, 'unknown') as varchar) as invoice_id,
        cast(coalesce(customers.customer_id, contracts.customer_id, 'unknown') as varchar) as customer_id,
        cast(coalesce(customers.survivor_customer_id, contracts.survivor_customer_id, 'unknown') as varchar)
            as survivor_customer_id,
        cast(payments.payment_kind as varchar) as payment_kind,
        cast(payments.status as varchar) as status,
        cast(payments.method as varchar) as method,
        cast(payments.amount_fen as bigint) as amount_fen,
        cast(payments.currency as varchar) as currency,
        cast(payments.planned_on as date) as planned_on,
        cast(payments.received_on as date) as received_on
    from payments
    left join contracts on payments.contract_key = contracts.contract_id
    left join invoices on payments.invoice_key = invoices.invoice_id
    left join customers on payments.account_key = customers.customer_id
)

select * from final
