-- Grain: one row per metric, period and scope, over deals closed in the period.
-- The win rate is won / (won + lost): open deals are in neither. Skipped stages are counted among the closed deals that
-- have a stage history, reopened deals among those that were ever closed, on the last day they were; moves of every
-- deal count on their own day. A period that begins before the first deal came in is known in part. Plan 5.2, 5.3
-- (E10 to E13, F1).
with

closed as (
    select
        *,
        min(closed_on) over () as first_on
    from {{ ref('int_deal') }}
    where outcome <> 'open'
),

deal_span as (
    select min(created_on) as first_deal_on from {{ ref('int_deal') }}
),

visits as (
    select * from {{ ref('fct_stage_visit') }}
),

moves as (
    select * from visits
    where move_type <> 'entry'
),

closing_stages as (
    select * from {{ ref('stage') }}
    where is_won or is_lost
),

closed_visits as (
    select
        visits.opportunity_id,
        max(visits.entered_on) as last_closed_on
    from visits
    inner join closing_stages on visits.stage_code = closing_stages.stage_code
    group by visits.opportunity_id
),

-- A deal that was closed, is open again and may close once more.
open_again as (
    select
        closed_visits.last_closed_on as closed_on,
        true as is_reopened
    from {{ ref('int_deal') }} as deals
    inner join closed_visits on deals.opportunity_id = closed_visits.opportunity_id
    where deals.outcome = 'open' and deals.reopen_count > 0
),

endings as (
    select
        closed_on,
        reopen_count > 0 as is_reopened
    from closed
    where has_history
    union all
    select
        closed_on,
        is_reopened
    from open_again
),

ever_closed as (
    select
        *,
        min(closed_on) over () as first_on
    from endings
),

period_types as (
    select period_type from {{ kpi_calendar_types() }}
    union
    select period_type from {{ kpi_period_types() }}
),

scopes as (
    select unnest(
        ['company', 'region', 'region_as_is', 'employee', 'source', 'source_group', 'industry', 'product']
    ) as scope_type
),

scoped as (
    select
        closed.*,
        period_types.period_type,
        {{ kpi_period_start('period_types.period_type', 'closed.closed_on', 'closed.first_on') }} as period_start,
        scopes.scope_type,
        case
            when scopes.scope_type = 'region_as_is' then closed.region_id_as_is
            else {{ funnel_scope_id('scopes.scope_type', 'closed') }}
        end as scope_id
    from closed
    cross join period_types
    cross join scopes
),

counted as (
    select
        period_type,
        period_start,
        scope_type,
        scope_id,
        count(*) as closed_count,
        count(*) filter (where outcome = 'won') as won_count,
        count(*) filter (where has_history) as history_count,
        count(*) filter (where has_history and skipped_stage_count > 0) as skipped_count,
        count(cycle_seconds) as cycle_count,
        {{ seconds_to_days('sum(cycle_seconds)') }} as cycle_days
    from scoped
    group by all
),

reopened as (
    select
        period_types.period_type,
        {{ kpi_period_start('period_types.period_type', 'ever_closed.closed_on', 'ever_closed.first_on') }}
            as period_start,
        count(*) filter (where ever_closed.is_reopened) as reopened_count,
        count(*) as closed_count
    from ever_closed
    cross join period_types
    group by all
),

moved as (
    select
        period_types.period_type,
        {{ kpi_period_start('period_types.period_type', 'moves.entered_on', 'moves.entered_on') }} as period_start,
        count(*) filter (where moves.is_backward) as backward_count,
        count(*) as move_count
    from moves
    cross join {{ kpi_calendar_types() }} as period_types
    group by all
),

metrics as (
    select
        'win_rate' as metric_code, period_type, period_start, scope_type, scope_id,
        cast(won_count as decimal(38, 4)) as numerator, closed_count as denominator
    from counted
    union all
    select
        'sales_cycle_days' as metric_code, period_type, period_start, scope_type, scope_id,
        cycle_days as numerator, cycle_count as denominator
    from counted
    where cycle_count > 0
    union all
    select
        'skipped_stage_rate' as metric_code, period_type, period_start, scope_type, scope_id,
        cast(skipped_count as decimal(38, 4)) as numerator, history_count as denominator
    from counted
    where history_count > 0 and scope_type = 'company'
    union all
    select
        'reopened_rate' as metric_code, period_type, period_start, 'company' as scope_type, 'company' as scope_id,
        cast(reopened_count as decimal(38, 4)) as numerator, closed_count as denominator
    from reopened
    union all
    select
        'backward_move_rate' as metric_code, period_type, period_start, 'company' as scope_type, 'company' as scope_id,
        cast(backward_count as decimal(38, 4)) as numerator, move_count as denominator
    from moved
),

final as (
    select
        metrics.metric_code,
        metrics.period_type,
        metrics.period_start,
        metrics.scope_type,
        metrics.scope_id,
        null as currency,
        metrics.numerator,
        metrics.denominator,
        deal_span.first_deal_on as covered_from
    from metrics
    cross join deal_span
)

select * from final
