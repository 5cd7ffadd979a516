-- Grain: one row per quarter, currency and deal that was due in it or came to be.
-- Rule: expected in the quarter is a deal that was open at its start and expected to close within it; one that should
-- have closed before is overdue. Slipped is an expected deal that is neither won, lost nor deleted at the end. The
-- region at the start is that of the owner then. Plan 5.7, 6.2 (E15, E16).
with

movements as (
    select * from {{ ref('int_pipeline_bridge_deal') }}
    where period_type = 'quarter' and horizon = 'due'
),

assignments as (
    select * from {{ ref('int_employee_service') }}
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
        bool_or(movement = 'opening') as is_opening,
        coalesce(bool_or(expected_from > from_date), false) as is_expected_after,
        bool_or(movement in ('won', 'lost', 'deleted')) as is_decided,
        bool_or(movement = 'pushed') as is_pushed,
        any_value(owner_then) filter (where movement = 'opening') as owner_at_start,
        coalesce(sum(amount_fen) filter (where movement = 'opening'), 0) as due_fen,
        coalesce(sum(amount_fen) filter (where movement = 'closing'), 0) as still_open_fen,
        coalesce(sum(-amount_fen) filter (where movement = 'won'), 0) as won_fen
    from movements
    group by all
),

final as (
    select
        cast(deal_quarters.from_date + 1 as date) as period_start,
        deal_quarters.to_date as covered_to,
        deal_quarters.opportunity_id,
        deal_quarters.currency,
        deal_quarters.owner_now,
        employees.region_id as region_now,
        coalesce(assignments.region_id, 'unknown') as region_at_start,
        deal_quarters.is_opening and deal_quarters.is_expected_after as is_expected,
        deal_quarters.is_opening and not deal_quarters.is_expected_after as is_overdue,
        deal_quarters.is_opening and deal_quarters.is_expected_after and not deal_quarters.is_decided as is_slipped,
        deal_quarters.is_opening and deal_quarters.is_expected_after and deal_quarters.is_pushed as is_pushed,
        deal_quarters.due_fen,
        deal_quarters.still_open_fen,
        deal_quarters.won_fen
    from deal_quarters
    inner join employees on deal_quarters.owner_now = employees.employee_id
    asof left join assignments
        on
            deal_quarters.owner_at_start = assignments.employee_id
            and deal_quarters.from_date >= assignments.serves_from
)

select * from final
