-- Grain: one row per quarter, currency and scope, over deals closed in the quarter, beside those open at its end.
-- Win rate = won / (won + lost), open deals in neither. Velocity = open deals x win rate x mean won amount / mean cycle
-- in days: what the pipeline earns a day if it goes on as it did. NULL where nothing was won. A deal that was open and
-- is deleted since was open then: it stays in the company's count, and of what it is counted under nothing is known.
-- Plan 5.3 (E10).
with

deals as (
    select * from {{ ref('int_deal') }}
),

states as (
    select * from {{ ref('fct_opportunity_state') }}
    where deal_state = 'open'
),

periods as (
    select * from {{ ref('int_bridge_period') }}
    where period_type = 'quarter'
),

closed as (
    select
        cast(date_trunc('quarter', closed_on) as date) as period_start,
        opportunity_id,
        currency,
        outcome,
        won_fen,
        cycle_seconds,
        0 as open_count
    from deals
    where outcome <> 'open'
),

still_open as (
    select
        cast(periods.from_date + 1 as date) as period_start,
        states.opportunity_id,
        states.currency,
        'open' as outcome,
        0 as won_fen,
        null as cycle_seconds,
        1 as open_count
    from periods
    inner join states
        on
            periods.to_date >= states.valid_from
            and periods.to_date < coalesce(states.valid_to, date 'infinity')
),

combined as (
    select * from closed
    union all
    select * from still_open
),

counted as (
    select
        combined.period_start,
        scopes.scope_type,
        coalesce({{ funnel_scope_id('scopes.scope_type', 'deals') }}, 'unknown') as scope_id,
        combined.currency,
        sum(combined.open_count) as open_count,
        count(*) filter (where combined.outcome = 'won') as won_count,
        count(*) filter (where combined.outcome = 'lost') as lost_count,
        sum(combined.won_fen) as won_fen,
        count(combined.cycle_seconds) as cycle_count,
        coalesce(sum(combined.cycle_seconds), 0) as cycle_seconds
    from combined
    left join deals on combined.opportunity_id = deals.opportunity_id
    cross join {{ funnel_scope_types() }} as scopes
    group by all
),

-- The number of won deals falls out: open x (won / closed) x (fen / won) / (seconds / cycles) x seconds of a day.
final as (
    select
        cast(period_start as date) as period_start,
        cast(scope_type as varchar) as scope_type,
        cast(scope_id as varchar) as scope_id,
        cast(currency as varchar) as currency,
        cast(open_count as bigint) as open_count,
        cast(won_count as bigint) as won_count,
        cast(lost_count as bigint) as lost_count,
        cast(won_fen as bigint) as won_fen,
        cast(cycle_count as bigint) as cycle_count,
        cast(cycle_seconds as bigint) as cycle_seconds,
        cast(
            case
                when won_count > 0 and cycle_seconds > 0
                    then
                        {{
                            divide_half_up(
                                'cast(open_count as hugeint) * won_fen * cycle_count * ' ~ var('seconds_per_day'),
                                'cast(won_count + lost_count as hugeint) * cycle_seconds'
                            )
                        }}
            end as bigint
        ) as velocity_fen_per_day
    from counted
)

select * from final
