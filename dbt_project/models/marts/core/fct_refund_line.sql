-- Grain: one row per line of a refund or cancellation that is not deleted; quantity and value are positive.
-- A refund of a cancelled order is marked: that order counts as nothing bought, so its refund must not be
-- subtracted a second time. A refund counts on its own day, not on that of its order, which many sources do not name.
with

refunds as (
    select
        *,
        {{ joined_key(['source_system', 'platform', 'shop_id', 'order_id']) }} as order_key,
        {{ joined_key(['source_system', 'platform', 'shop_id', 'refund_id']) }} as refund_key,
        {{ joined_key(['source_system', 'buyer_id']) }} as buyer_key,
        {{ joined_key(['source_system', 'product_id']) }} as product_key
    from {{ ref('stg_ec__refund') }}
    where not is_deleted
),

orders as (
    select * from {{ ref('fct_order') }}
),

products as (
    select * from {{ ref('dim_product') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'ecommerce'
),

final as (
    select
        cast(refunds.refund_key as varchar) as refund_id,
        cast(refunds.line_id as varchar) as line_id,
        cast(refunds.source_system as varchar) as source_system,
        cast(coalesce(orders.order_id, 'unknown') as varchar) as order_id,
        cast(refunds.order_id as varchar) as order_reference,
        cast(coalesce(refunds.buyer_key, orders.customer_id, 'unknown') as varchar) as customer_id,
        cast(coalesce(nullif(trim(refunds.ship_country), ''), orders.region_id, 'unknown') as varchar) as region_id,
        cast(coalesce(products.product_id, 'unknown') as varchar) as product_id,
        cast(coalesce(orders.is_cancelled, false) as boolean) as is_of_cancelled_order,
        cast(refunds.quantity as integer) as quantity,
        cast({{ line_fen('refunds.quantity', 'refunds.unit_price', 'refunds.amount') }} as bigint) as refund_fen,
        cast(coalesce(orders.currency, settings.currency) as varchar) as currency,
        cast(refunds.refunded_at as timestamp with time zone) as refunded_at,
        cast({{ business_date('refunds.refunded_at', 'settings.business_zone') }} as date) as refunded_on
    from refunds
    inner join settings on refunds.source_system = settings.source_system
    left join orders on refunds.order_key = orders.order_id
    left join products on refunds.product_key = products.product_id
)

select * from final
