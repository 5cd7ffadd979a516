-- Grain: one row per statement about how others do (latest version of source_system, benchmark_id).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.

with

raw_rows as (
    select * from {{ source('raw', 'ref__benchmark') }}
),

converted as (
    select
        _source_system as source_system,
        benchmark_id,
        metric_code,
        value as benchmark_value,
        unit,
        source as stated_by,
        is_verified,
        (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'benchmark_id']) }}
)

select * from latest
