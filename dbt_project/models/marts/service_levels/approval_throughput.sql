-- Grain: one row per approval kind and month of finish; open cases are in no row, withdrawn ones are counted apart.
-- Times are those of approvals, rework is a share of all that were decided and of which it is known.
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
        cast(count(has_rejection) filter (where counts_as_decided) as bigint) as case_count,
        cast(count(*) filter (where counts_as_decided and has_rejection) as bigint) as cases_with_rejection,
        cast(count(*) filter (where counts_as_decided and outcome = 'rejected') as bigint) as rejected_case_count,
        cast(count(*) filter (where outcome = 'withdrawn') as bigint) as withdrawn_case_count,
        cast(count(throughput_seconds) filter (where counts_as_approved) as bigint) as timed_case_count,
        cast(median(throughput_seconds) filter (where counts_as_approved) as decimal(38, 1)) as median_seconds,
        cast(coalesce(sum(throughput_seconds) filter (where counts_as_approved), 0) as bigint) as sum_seconds
    from approvals
    group by approval_kind, {{ month_start('finished_on') }}
)

select * from final
