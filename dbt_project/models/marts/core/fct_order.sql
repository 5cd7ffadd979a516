-- Grain: one row per shop order that is not deleted. The order date is that of the source's business zone.
-- An order whose lines came without a header has no date and customer 'unknown' (has_header = false). Plan 5.4.
with

amounts as (
    select * from {{ ref('int_order_amount') }}
),

headers as (
    select * from {{ ref('stg_ec__order') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'ecommerce'
),

joined as (
    select
        amounts.*,
        headers.buyer_id,
        headers.ship_country,
        coalesce(headers.created_at, headers.paid_at) as ordered_at,
        coalesce(headers.currency, settings.currency) as order_currency,
        settings.business_zone
    from amounts
    inner join settings on amounts.source_system = settings.source_system
    left join headers
        on
            amounts.source_system = headers.source_system
            and amounts.platform = headers.platform
            and amounts.shop_id = headers.shop_id
            and amounts.order_id = headers.order_id
),

final as (
    select
        cast({{ joined_key(['source_system', 'platform', 'shop_id', 'order_id']) }} as varchar) as order_id,
        cast(source_system as varchar) as source_system,
        cast(platform as varchar) as platform,
        cast(shop_id as varchar) as shop_id,
        cast(order_id as varchar) as source_order_id,
        cast(coalesce(source_system || ':' || buyer_id, 'unknown') as varchar) as customer_id,
        cast(buyer_id as varchar) as buyer_reference,
        cast(coalesce(nullif(trim(ship_country), ''), 'unknown') as varchar) as region_id,
        cast('shop' as varchar) as order_channel,
        cast(status as varchar) as status,
        cast(is_cancelled as boolean) as is_cancelled,
        cast(has_header as boolean) as has_header,
        cast(amount_basis as varchar) as amount_basis,
        cast(line_count as bigint) as line_count,
        cast(gross_fen as bigint) as gross_fen,
        cast(stated_fen as bigint) as stated_fen,
        cast(order_currency as varchar) as currency,
        cast(ordered_at as timestamp with time zone) as ordered_at,
        cast({{ business_date('ordered_at', 'business_zone') }} as date) as ordered_on
    from joined
)

select * from final
