-- Grain: one row per market and year that a source states a size for. What others say; nothing here is computed.
with

sizes as (
    select * from {{ ref('stg_ref__market_size') }}
    where not is_deleted
),

final as (
    select
        cast(source_system as varchar) as source_system,
        cast(market as varchar) as market,
        cast(market_year as integer) as market_year,
        cast(amount_fen as bigint) as amount_fen,
        cast(coalesce(currency, '{{ var("default_currency") }}') as varchar) as currency,
        cast(stated_by as varchar) as stated_by
    from sizes
)

select * from final
