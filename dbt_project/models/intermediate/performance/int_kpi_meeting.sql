-- Grain: one row per metric and period, over meetings started in the period.
-- Unclassified meetings stay in the denominator: leaving them out would raise the share by not understanding.
with

meetings as (
    select
        *,
        min(started_on) over () as first_on
    from {{ ref('fct_meeting') }}
    where started_on is not null
),

scoped as (
    select
        meetings.meeting_mode,
        periods.period_type,
        {{ kpi_period_start('periods.period_type', 'meetings.started_on', 'meetings.first_on') }} as period_start
    from meetings
    cross join {{ kpi_period_types() }} as periods
),

counted as (
    select
        period_type,
        period_start,
        count(*) filter (where meeting_mode = 'remote') as remote_count,
        count(*) filter (where meeting_mode = 'unclassified') as unclassified_count,
        count(*) as meeting_count
    from scoped
    group by all
),

final as (
    select
        'remote_meeting_share' as metric_code, period_type, period_start, 'company' as scope_type,
        'company' as scope_id, null as currency, remote_count as numerator, meeting_count as denominator
    from counted
    union all
    select
        'meeting_mode_unclassified_share' as metric_code, period_type, period_start, 'company' as scope_type,
        'company' as scope_id, null as currency, unclassified_count as numerator, meeting_count as denominator
    from counted
)

select * from final
