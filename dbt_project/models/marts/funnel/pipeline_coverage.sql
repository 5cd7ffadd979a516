-- Grain: one row per quarter, currency and owner as known now.
-- The parts of coverage, open amount due / (target - won), without the target, and of slippage: slipped is a deal that
-- was expected in the quarter at its start and is neither won nor lost at its end, pushed out or overdue. A quarter
-- that is not over yet ends on the last covered day. Plan 6.2 (E15, E16).
with

deals as (
    select * from {{ ref('int_pipeline_quarter_deal') }}
),

final as (
    select
        cast(period_start as date) as period_start,
        cast(covered_to as date) as covered_to,
        cast(owner_now as varchar) as owner_employee_id,
        cast(any_value(region_now) as varchar) as region_id,
        cast(currency as varchar) as currency,
        cast(count(*) filter (where is_expected) as bigint) as due_count,
        cast(count(*) filter (where is_slipped) as bigint) as slipped_count,
        cast(count(*) filter (where is_pushed) as bigint) as pushed_count,
        cast(count(*) filter (where is_overdue) as bigint) as overdue_count,
        cast(coalesce(sum(due_fen) filter (where is_expected), 0) as bigint) as due_at_start_fen,
        cast(sum(still_open_fen) as bigint) as due_open_at_end_fen,
        cast(sum(won_fen) as bigint) as won_fen
    from deals
    group by all
)

select * from final
