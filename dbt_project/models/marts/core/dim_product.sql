-- Grain: one row per catalogue product, per shop item that the catalogue does not hold, and 'unknown'.
with

catalogue as (
    select
        source_system,
        product_id as source_product_id,
        product_name,
        series,
        product_type,
        list_price_fen,
        currency
    from {{ ref('stg_ref__product') }}
),

-- Titles change over time; the greatest text is no better than another, but it is the same in every rebuild.
shop_items as (
    select
        source_system,
        product_id as source_product_id,
        max(title) as product_name
    from {{ ref('stg_ec__order_item') }}
    where product_id is not null
    group by all
),

products as (
    select
        source_system || ':' || source_product_id as product_id,
        source_system,
        source_product_id,
        coalesce(catalogue.product_name, shop_items.product_name) as product_name,
        catalogue.series,
        catalogue.product_type,
        catalogue.list_price_fen,
        catalogue.currency,
        catalogue.source_product_id is not null as is_in_catalogue
    from catalogue
    full outer join shop_items using (source_system, source_product_id)
    union all by name
    select
        'unknown' as product_id,
        'unknown' as source_system,
        'unknown' as source_product_id,
        false as is_in_catalogue
),

final as (
    select
        cast(product_id as varchar) as product_id,
        cast(source_system as varchar) as source_system,
        cast(source_product_id as varchar) as source_product_id,
        cast(product_name as varchar) as product_name,
        cast(series as varchar) as series,
        cast(product_type as varchar) as product_type,
        cast(list_price_fen as bigint) as list_price_fen,
        cast(currency as varchar) as currency,
        cast(is_in_catalogue as boolean) as is_in_catalogue
    from products
)

select * from final
