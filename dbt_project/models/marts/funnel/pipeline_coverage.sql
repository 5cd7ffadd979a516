-- Grain: one row per quarter, currency and owner.
-- The parts of coverage, open amount due / (target - won), without the target, and of slippage: slipped is a deal that
-- was due in the quarter at its start and is neither won nor lost at its end, pushed out or overdue. A quarter that is
-- not over yet ends on the last covered day. Plan 6.2 (E15, E16).
with

movements as (
    select * from {{ ref('int_pipeline_bridge_deal') }}
    where period_type = 'quarter' and horizon = 'due'
),

employees as (
    select * from {{ ref('dim_employee') }}
),

deal_quarters as (
    select
        from_date,
        to_date,
        opportunity_id,
        owner_now,
        currency,
        bool_or(movement = 'opening') as was_due,
        bool_or(movement in ('won', 'lost', 'deleted')) as is_decided,
        bool_or(movement = 'pushed') as is_pushed,
        sum(amount_fen) filter (where movement = 'opening') as due_fen,
        sum(amount_fen) filter (where movement = 'closing') as still_open_fen,
        sum(-amount_fen) filter (where movement = 'won') as won_fen
    from movements
    group by all
),

final as (
    select
        cast(deal_quarters.from_date + 1 as date) as period_start,
        cast(deal_quarters.to_date as date) as covered_to,
        cast(deal_quarters.owner_now as varchar) as owner_employee_id,
        cast(any_value(employees.region_id) as varchar) as region_id,
        cast(deal_quarters.currency as varchar) as currency,
        cast(count(*) filter (where deal_quarters.was_due) as bigint) as due_count,
        cast(count(*) filter (where deal_quarters.was_due and not deal_quarters.is_decided) as bigint) as slipped_count,
        cast(count(*) filter (where deal_quarters.was_due and deal_quarters.is_pushed) as bigint) as pushed_count,
        cast(coalesce(sum(deal_quarters.due_fen), 0) as bigint) as due_at_start_fen,
        cast(coalesce(sum(deal_quarters.still_open_fen), 0) as bigint) as due_open_at_end_fen,
        cast(coalesce(sum(deal_quarters.won_fen), 0) as bigint) as won_fen
    from deal_quarters
    inner join employees on deal_quarters.owner_now = employees.employee_id
    group by deal_quarters.from_date, deal_quarters.to_date, deal_quarters.owner_now, deal_quarters.currency
)

select * from final
