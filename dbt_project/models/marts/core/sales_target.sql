-- Grain: one row per version of a sales target that is not deleted.
-- Rule: of the versions of a target, the highest that was valid by the run's day is the current one. Targets in yuan or
-- ten thousand yuan have an amount in fen; others keep the delivered value and unit alone. Plan 3.1, 8.1.
with

targets as (
    select * from {{ ref('stg_crm__target') }}
    where not is_deleted
),

run_context as (
    select * from {{ ref('int_run_context') }}
),

amounts as (
    select
        targets.*,
        coalesce(targets.valid_from, targets.period_start) <= run_context.as_of as has_begun,
        case targets.unit
            when '元' then {{ to_fen('targets.target_value') }}
            when '万元' then {{ to_fen('targets.target_value * 10000') }}
        end as target_fen
    from targets
    cross join run_context
),

final as (
    select
        cast(source_system as varchar) as source_system,
        cast(metric_code as varchar) as metric_code,
        cast(period_type as varchar) as period_type,
        cast(period_start as date) as period_start,
        cast(scope_type as varchar) as scope_type,
        cast(scope_id as varchar) as scope_id,
        cast(version as integer) as version,
        cast(
            has_begun and row_number() over (
                partition by source_system, metric_code, period_type, period_start, scope_type, scope_id, has_begun
                order by version desc
            ) = 1 as boolean
        ) as is_current,
        cast(target_fen as bigint) as target_fen,
        cast(target_value as decimal(18, 4)) as target_value,
        cast(unit as varchar) as unit,
        cast(approved_at as timestamp with time zone) as approved_at,
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to
    from amounts
)

select * from final
