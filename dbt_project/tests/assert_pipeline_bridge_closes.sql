-- Opening + movements = closing, in deals and fen, for every pair of dates, horizon, way of naming the owner, and
-- owner; and what one month closes with, the next one opens with.
{{ config(meta={'dagster': {'ref': {'name': 'pipeline_bridge'}}}) }}

with

bridge as (
    select * from {{ ref('pipeline_bridge') }}
),

sums as (
    select
        period_type,
        from_date,
        to_date,
        horizon,
        owner_basis,
        owner_employee_id,
        currency,
        sum(case movement when 'closing' then -deals else deals end) as deals_left,
        sum(case movement when 'closing' then -amount_fen else amount_fen end) as fen_left
    from bridge
    group by all
),

ends as (
    select
        period_type,
        to_date,
        sum(deals) filter (where movement = 'closing') as closing_deals,
        sum(amount_fen) filter (where movement = 'closing') as closing_fen
    from bridge
    where horizon = 'all' and owner_basis = 'now' and period_type <> 'asked'
    group by all
),

begins as (
    select
        period_type,
        from_date,
        sum(deals) filter (where movement = 'opening') as opening_deals,
        sum(amount_fen) filter (where movement = 'opening') as opening_fen
    from bridge
    where horizon = 'all' and owner_basis = 'now' and period_type <> 'asked'
    group by all
)

select
    period_type,
    from_date,
    deals_left,
    fen_left
from sums
where deals_left <> 0 or fen_left <> 0
union all
select
    ends.period_type,
    ends.to_date as from_date,
    coalesce(ends.closing_deals, 0) - coalesce(begins.opening_deals, 0) as deals_left,
    coalesce(ends.closing_fen, 0) - coalesce(begins.opening_fen, 0) as fen_left
from ends
inner join begins
    on
        ends.period_type = begins.period_type
        and ends.to_date = begins.from_date
where
    coalesce(ends.closing_deals, 0) <> coalesce(begins.opening_deals, 0)
    or coalesce(ends.closing_fen, 0) <> coalesce(begins.opening_fen, 0)
