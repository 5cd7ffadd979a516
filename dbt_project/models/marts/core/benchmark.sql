-- Grain: one row per statement about how others do. What others say, verified or not; nothing here is computed.
with

statements as (
    select * from {{ ref('stg_ref__benchmark') }}
    where not is_deleted
),

final as (
    select
        cast(source_system as varchar) as source_system,
        cast(benchmark_id as varchar) as benchmark_id,
        cast(metric_code as varchar) as metric_code,
        cast(benchmark_value as decimal(18, 4)) as benchmark_value,
        cast(unit as varchar) as unit,
        cast(stated_by as varchar) as stated_by,
        cast(coalesce(is_verified, false) as boolean) as is_verified
    from statements
)

select * from final
