-- Grain: one row per metric and period, over approvals decided in the period; withdrawn and open ones are in none.
-- Times are those of approvals, rework is a share of all that were decided and of which it is known. A median cannot be
-- added up from months, so it is taken anew for each period. Plan 2.3, 5.5, 5.8 (G1, G3).
with

decided as (
    select
        *,
        min(finished_on) over () as first_on
    from {{ ref('fct_approval') }}
    where counts_as_decided
),

scoped as (
    select
        decided.*,
        periods.period_type,
        {{ kpi_period_start('periods.period_type', 'decided.finished_on', 'decided.first_on') }} as period_start
    from decided
    cross join {{ kpi_period_types() }} as periods
),

counted as (
    select
        period_type,
        period_start,
        count(*) filter (where has_rejection) as reworked_count,
        count(has_rejection) as case_count,
        median(throughput_seconds) filter (where counts_as_approved) as median_seconds,
        sum(approval_workdays) filter (where counts_as_approved and approval_kind = 'contract') as contract_workdays,
        count(approval_workdays) filter (where counts_as_approved and approval_kind = 'contract') as contract_count
    from scoped
    group by all
),

final as (
    select
        'approval_rework_rate' as metric_code, period_type, period_start, 'company' as scope_type,
        'company' as scope_id, null as currency,
        cast(reworked_count as decimal(38, 4)) as numerator, case_count as denominator
    from counted
    where case_count > 0
    union all
    select
        'approval_throughput_median_days' as metric_code, period_type, period_start, 'company' as scope_type,
        'company' as scope_id, null as currency,
        cast(median_seconds as decimal(38, 4)) as numerator, {{ var('seconds_per_day') }} as denominator
    from counted
    where median_seconds is not null
    union all
    select
        'contract_approval_workdays' as metric_code, period_type, period_start, 'company' as scope_type,
        'company' as scope_id, null as currency,
        cast(contract_workdays as decimal(38, 4)) as numerator, contract_count as denominator
    from counted
    where contract_count > 0
)

select * from final
