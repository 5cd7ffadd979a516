-- Grain: one row per market and year (latest version of source_system, market, market_year).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.

with

raw_rows as (
    select * from {{ source('raw', 'ref__market_size') }}
),

converted as (
    select
        _source_system as source_system,
        market,
        year as market_year,
        currency,
        source as stated_by,
        amount,
        {{ to_fen('amount') }} as amount_fen,
        (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'market', 'market_year']) }}
)

select * from latest
