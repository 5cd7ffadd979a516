-- Grain: one row per approval kind and month of finish; open cases are in no row.
-- median() gives DOUBLE, but over whole seconds it is exact to the half second, hence decimal(38,1). Plan 5.8.
with

approvals as (
    select * from {{ ref('fct_approval') }}
    where is_finished
),

final as (
    select
        cast(approval_kind as varchar) as approval_kind,
        cast({{ month_start('finished_on') }} as date) as period_start,
        cast(count(*) as bigint) as case_count,
        cast(count(*) filter (where has_rejection) as bigint) as cases_with_rejection,
        cast(count(throughput_seconds) as bigint) as timed_case_count,
        cast(median(throughput_seconds) as decimal(38, 1)) as median_seconds,
        cast(coalesce(sum(throughput_seconds), 0) as bigint) as sum_seconds
    from approvals
    group by approval_kind, {{ month_start('finished_on') }}
)

select * from final
