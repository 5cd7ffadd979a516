-- Grain: one row per product and span of days with one price; a product without a price list has its catalogue price.
-- A price ends on its last day as delivered, or on the day before the next one begins, whichever is earlier.
with

prices as (
    select
        *,
        source_system || ':' || product_id as product_key,
        lead(valid_from) over (partition by source_system, product_id order by valid_from) - 1 as day_before_next
    from {{ ref('stg_ref__price_list') }}
    where not is_deleted
),

products as (
    select * from {{ ref('dim_product') }}
),

catalogue_only as (
    select products.*
    from products
    left join prices on products.product_id = prices.product_key
    where prices.product_key is null and products.list_price_fen is not null
),

united as (
    select
        products.product_id,
        prices.valid_from,
        least(prices.valid_to, prices.day_before_next) as valid_to,
        'price_list' as price_basis,
        prices.list_price_fen,
        prices.floor_price_fen,
        prices.standard_cost_fen,
        coalesce(prices.currency, products.currency) as currency
    from prices
    inner join products on prices.product_key = products.product_id
    union all by name
    select
        product_id,
        date '1900-01-01' as valid_from,
        'catalogue' as price_basis,
        list_price_fen,
        currency
    from catalogue_only
),

final as (
    select
        cast(product_id as varchar) as product_id,
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to,
        cast(price_basis as varchar) as price_basis,
        cast(list_price_fen as bigint) as list_price_fen,
        cast(floor_price_fen as bigint) as floor_price_fen,
        cast(standard_cost_fen as bigint) as standard_cost_fen,
        cast(currency as varchar) as currency
    from united
)

select * from final
