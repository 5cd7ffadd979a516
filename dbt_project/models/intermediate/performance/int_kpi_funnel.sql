-- Grain: one row per metric, period, stage and currency. Entries and their amount are those of the period, each deal
-- once at its first visit; conversion is over deals that came in in the period, stage times over deals won in it.
-- Conversion counts in mode `reached`: a deal entered a stage if it entered it or any later one within the window of
-- the definition after it came in, so that a month is final when its windows are over. A deal without stage history
-- counts by the furthest stage that it is known to have reached; on which day it entered nobody knows.
-- Plan 5.2, 5.3 (E8, E9, F2 to F4).
with

deals as (
    select * from {{ ref('int_deal') }}
    where created_on is not null
),

visits as (
    select * from {{ ref('fct_stage_visit') }}
    where is_first_visit and stage_order is not null
),

definition as (
    select * from {{ ref('int_funnel_definition') }}
),

ladder as (
    select
        stage_code,
        stage_order,
        max(stage_order) over () as last_order
    from {{ ref('stage') }}
    where stage_order is not null
),

stage_times as (
    select
        deals.closed_on,
        stage_times.stage_code,
        stage_times.stage_order,
        stage_times.cumulative_seconds
    from {{ ref('int_opportunity_stage_time') }} as stage_times
    inner join deals
        on
            stage_times.source_system = deals.source_system
            and stage_times.opportunity_id = deals.source_opportunity_id
    cross join {{ ref('int_signing_stage') }} as signing
    where deals.outcome = 'won' and stage_times.stage_order < signing.stage_order
        and stage_times.cumulative_seconds is not null
),

entries as (
    select
        visits.stage_code,
        visits.currency,
        periods.period_type,
        {{ kpi_period_start('periods.period_type', 'visits.entered_on', 'visits.entered_on') }} as period_start,
        count(*) as entered_count,
        sum(visits.amount_at_entry_fen) as entered_fen
    from visits
    cross join {{ kpi_calendar_types() }} as periods
    group by all
),

first_stage as (
    select min(stage_order) as first_order from ladder
),

windows as (
    select
        deals.opportunity_id,
        deals.created_on,
        deals.has_history,
        deals.reached_stage_order,
        definition.window_days
    from deals
    inner join definition
        on deals.created_on >= definition.valid_from and deals.created_on < definition.governs_to
),

seen_in_window as (
    select
        windows.opportunity_id,
        max(visits.stage_order) as stage_order
    from windows
    inner join visits
        on
            windows.opportunity_id = visits.opportunity_id
            and windows.created_on + windows.window_days > visits.entered_on
    group by windows.opportunity_id
),

reached as (
    select
        windows.created_on,
        windows.window_days,
        case
            when windows.has_history then coalesce(seen_in_window.stage_order, first_stage.first_order)
            else windows.reached_stage_order
        end as reached_stage_order
    from windows
    cross join first_stage
    left join seen_in_window on windows.opportunity_id = seen_in_window.opportunity_id
),

cohorts as (
    select
        ladder.stage_code,
        ladder.stage_order,
        ladder.last_order,
        periods.period_type,
        {{ kpi_period_start('periods.period_type', 'reached.created_on', 'reached.created_on') }} as period_start,
        max(reached.window_days) as window_days,
        count(*) as entered_count,
        count(*) filter (where reached.reached_stage_order > ladder.stage_order) as went_on_count
    from reached
    inner join ladder on reached.reached_stage_order >= ladder.stage_order
    cross join {{ kpi_calendar_types() }} as periods
    group by all
),

durations as (
    select
        stage_times.stage_code,
        stage_times.stage_order,
        periods.period_type,
        {{ kpi_period_start('periods.period_type', 'stage_times.closed_on', 'stage_times.closed_on') }} as period_start,
        {{ seconds_to_days('sum(stage_times.cumulative_seconds)') }} as stage_days,
        count(*) as deal_count
    from stage_times
    cross join {{ kpi_calendar_types() }} as periods
    group by all
),

metrics as (
    select
        'stage_entry_count' as metric_code, period_type, period_start, stage_code, null as currency,
        cast(sum(entered_count) as decimal(38, 4)) as numerator, 1 as denominator, null as maturity_days
    from entries
    group by all
    union all
    select
        'stage_entry_value' as metric_code, period_type, period_start, stage_code, currency,
        cast(entered_fen as decimal(38, 4)) as numerator, 1 as denominator, null as maturity_days
    from entries
    where entered_fen is not null
    union all
    select
        'stage_conversion_rate' as metric_code, period_type, period_start, stage_code, null as currency,
        cast(went_on_count as decimal(38, 4)) as numerator, entered_count as denominator, window_days as maturity_days
    from cohorts
    where stage_order < last_order
    union all
    select
        'stage_duration_requirement' as metric_code, period_type, period_start, stage_code, null as currency,
        stage_days as numerator, deal_count as denominator, null as maturity_days
    from durations
    where stage_code = 'needs_analysis'
    union all
    select
        'stage_duration_proposal' as metric_code, period_type, period_start, stage_code, null as currency,
        stage_days as numerator, deal_count as denominator, null as maturity_days
    from durations
    where stage_code = 'proposal'
    union all
    select
        'stage_duration_other' as metric_code, period_type, period_start, stage_code, null as currency,
        stage_days as numerator, deal_count as denominator, null as maturity_days
    from durations
    where stage_code not in ('needs_analysis', 'proposal')
),

final as (
    select
        metric_code,
        period_type,
        period_start,
        'stage' as scope_type,
        stage_code as scope_id,
        currency,
        numerator,
        denominator,
        maturity_days
    from metrics
)

select * from final
