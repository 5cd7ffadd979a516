-- Grain: one row per version of a target of the company (latest version of
-- source_system, period_type, period_start, scope_type, scope_id, metric_code, version).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.

with

raw_rows as (
    select * from {{ source('raw', 'crm__target') }}
),

converted as (
    select
        _source_system as source_system,
        period_type,
        period_start,
        scope_type,
        scope_id,
        metric_code,
        version,
        target_value,
        unit,
        approved_at,
        valid_from,
        valid_to,
        (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{
        latest_version(
            'converted',
            ['source_system', 'period_type', 'period_start', 'scope_type', 'scope_id', 'metric_code', 'version']
        )
    }}
)

select * from latest
