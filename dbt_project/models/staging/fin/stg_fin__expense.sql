-- Grain: one row per booked expense (latest version of source_system, expense_id).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.

with

raw_rows as (
    select * from {{ source('raw', 'fin__expense') }}
),

converted as (
    select
        _source_system as source_system,
        expense_id,
        category,
        region_id,
        month as expense_month,
        currency,
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
    {{ latest_version('converted', ['source_system', 'expense_id']) }}
)

select * from latest
