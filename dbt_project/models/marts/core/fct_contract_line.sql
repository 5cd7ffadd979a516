-- Grain: one row per line of a contract that is not deleted; a line whose contract never came belongs to 'unknown'.
with

lines as (
    select
        *,
        {{ joined_key(['source_system', 'contract_id']) }} as contract_key,
        {{ joined_key(['source_system', 'product_id']) }} as product_key
    from {{ ref('stg_crm__contract_line') }}
    where not is_deleted
),

contracts as (
    select * from {{ ref('fct_contract') }}
),

products as (
    select * from {{ ref('dim_product') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

deleted_contracts as (
    select source_system, contract_id from {{ ref('stg_crm__contract') }}
    where is_deleted
),

final as (
    select
        cast(lines.contract_key as varchar) as contract_line_contract_id,
        cast(lines.line_id as varchar) as line_id,
        cast(lines.source_system as varchar) as source_system,
        cast(coalesce(contracts.contract_id, 'unknown') as varchar) as contract_id,
        cast(coalesce(products.product_id, 'unknown') as varchar) as product_id,
        cast(lines.product_id as varchar) as product_reference,
        cast(lines.bundle_id as varchar) as bundle_reference,
        cast(coalesce(contracts.is_cancelled, false) as boolean) as is_cancelled,
        cast(lines.quantity as decimal(18, 4)) as quantity,
        cast(coalesce(lines.list_amount_fen, lines.net_amount_fen, 0) as bigint) as list_fen,
        cast(coalesce(lines.net_amount_fen, 0) as bigint) as net_fen,
        cast(lines.cost_amount_fen as bigint) as cost_fen,
        cast(lines.tax_rate as decimal(9, 6)) as tax_rate,
        cast(coalesce(lines.currency, contracts.currency, settings.currency) as varchar) as currency,
        cast(contracts.signed_on as date) as signed_on
    from lines
    inner join settings on lines.source_system = settings.source_system
    left join contracts on lines.contract_key = contracts.contract_id
    left join products on lines.product_key = products.product_id
    left join deleted_contracts
        on lines.source_system = deleted_contracts.source_system and lines.contract_id = deleted_contracts.contract_id
    where deleted_contracts.contract_id is null
)

select * from final
