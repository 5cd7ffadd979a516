-- Grain: one row per marketing campaign (latest version of source_system, platform, campaign_id).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.

with

raw_rows as (
    select * from {{ source('raw', 'mk__campaign') }}
),

converted as (
    select
        _source_system as source_system,
        platform,
        campaign_id,
        name,
        channel,
        status,
        sent_at,
        created_at,
        {{ to_fen('cost') }} as cost_fen,
        currency,
        coalesce(is_deleted, false) or (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'platform', 'campaign_id']) }}
)

select * from latest
