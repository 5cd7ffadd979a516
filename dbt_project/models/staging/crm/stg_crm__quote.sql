-- Grain: one row per version of a CRM quote (latest version of source_system, quote_id, version_no).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.

with

raw_rows as (
    select * from {{ source('raw', 'crm__quote') }}
),

converted as (
    select
        _source_system as source_system,
        quote_id,
        version_no,
        opportunity_id,
        submitted_at,
        requested_by,
        {{ to_fen('list_amount') }} as list_amount_fen,
        {{ to_fen('net_amount') }} as net_amount_fen,
        discount_rate,
        currency,
        is_standard,
        status,
        updated_at,
        coalesce(is_deleted, false) or (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'quote_id', 'version_no'], updated_at='updated_at') }}
)

select * from latest
