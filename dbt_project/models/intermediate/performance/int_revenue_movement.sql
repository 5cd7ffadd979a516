-- Grain: one row per contract line (a contract without lines is one), shop order and shop refund line, with the
-- dimensions that revenue is split by. Cancelled contracts and orders are nowhere. Contracts are without tax.
-- is_of_refunded_order marks what is sold and given back by an order that is refunded in full (int_order_refund).
-- Shop sales carry neither region nor industry; their series and sales model are those of seed channel_default.
-- Plan 2.1.
with

contracts as (
    select * from {{ ref('fct_contract') }}
    where not is_cancelled
),

contract_lines as (
    select * from {{ ref('fct_contract_line') }}
),

products as (
    select * from {{ ref('dim_product') }}
),

orders as (
    select * from {{ ref('fct_order') }}
    where not is_cancelled
),

refund_lines as (
    select * from {{ ref('fct_refund_line') }}
    where not is_of_cancelled_order
),

order_refunds as (
    select * from {{ ref('int_order_refund') }}
),

channel_defaults as (
    select * from {{ ref('channel_default') }}
),

social_sources as (
    select * from {{ ref('social_source') }}
),

emerging as (
    select * from {{ ref('emerging_industry') }}
),

contract_parts as (
    select
        contracts.*,
        coalesce(contract_lines.net_fen, contracts.net_fen) as part_fen,
        coalesce(contract_lines.currency, contracts.currency) as part_currency,
        case when contract_lines.line_id is null then contracts.cost_fen else contract_lines.cost_fen end
            as part_cost_fen,
        products.series,
        products.product_type
    from contracts
    left join contract_lines on contracts.contract_id = contract_lines.contract_id
    left join products on contract_lines.product_id = products.product_id
),

contract_movements as (
    select
        contract_parts.signed_on as moved_on,
        'contract' as order_channel,
        contract_parts.order_id,
        contract_parts.survivor_customer_id as customer_id,
        contract_parts.series,
        contract_parts.product_type,
        contract_parts.region_id_as_was as region_id,
        contract_parts.region_id_as_is,
        contract_parts.industry,
        contract_parts.sales_model,
        contract_parts.touch,
        contract_parts.lead_source,
        social_sources.source_code is not null as is_social,
        emerging.industry is not null as is_emerging,
        false as is_of_refunded_order,
        contract_parts.part_fen as fen,
        contract_parts.part_cost_fen as cost_fen,
        contract_parts.part_currency as currency
    from contract_parts
    left join social_sources on lower(contract_parts.lead_source) = social_sources.source_code
    left join emerging
        on contract_parts.industry = emerging.industry and contract_parts.signed_on >= emerging.valid_from
),

shop_documents as (
    select ordered_on as moved_on, order_id, customer_id, gross_fen as fen, currency from orders
    union all
    select refunded_on as moved_on, order_id, customer_id, -refund_fen as fen, currency from refund_lines
),

shop_movements as (
    select
        shop_documents.moved_on,
        'shop' as order_channel,
        shop_documents.order_id,
        shop_documents.customer_id,
        channel_defaults.series,
        channel_defaults.product_type,
        channel_defaults.sales_model,
        channel_defaults.touch,
        false as is_social,
        false as is_emerging,
        coalesce(order_refunds.is_refunded, false) as is_of_refunded_order,
        shop_documents.fen,
        shop_documents.currency
    from shop_documents
    left join order_refunds on shop_documents.order_id = order_refunds.order_id
    left join channel_defaults on channel_defaults.order_channel = 'shop'
),

final as (
    select * from contract_movements
    union all by name
    select * from shop_movements
)

select * from final
where moved_on is not null
