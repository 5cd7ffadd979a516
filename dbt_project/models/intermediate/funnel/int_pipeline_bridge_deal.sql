-- Grain: one row per pair of dates, horizon, deal and movement; a change of owner is two rows.
-- Rule: what took the pipeline from the end of one day to the end of another, deal by deal (macro
-- pipeline_bridge_deals). deals and amount_fen are signed, so that opening + movements = closing.
with

states as (
    select * from {{ ref('fct_opportunity_state') }}
),

periods as (
    select * from {{ ref('int_bridge_period') }}
),

current_owners as (
    select
        opportunity_id,
        arg_max(owner_employee_id, valid_from) as owner_now
    from states
    group by opportunity_id
),

compared as (
    {{ pipeline_bridge_deals('periods', 'states') }}
),

in_play as (
    select
        compared.*,
        current_owners.owner_now
    from compared
    inner join current_owners on compared.opportunity_id = current_owners.opportunity_id
    where compared.is_in_at_from or compared.is_in_at_to or not compared.is_open
),

movements as (
    select *, 'opening' as movement, 1 as deals, fen_from as movement_fen, owner_from as owner_then
    from in_play
    where is_in_at_from
    union all
    select
        in_play.*, 'transferred' as movement, sides.deals, sides.deals * in_play.fen_from as movement_fen,
        case when sides.deals > 0 then in_play.owner_to else in_play.owner_from end as owner_then
    from in_play
    cross join (values (-1), (1)) as sides (deals)
    where in_play.is_in_at_from and in_play.owner_from <> in_play.owner_to
    union all
    select
        *,
        case when state_from is null then 'new' when was_open then 'pulled' else 'reopened' end as movement,
        1 as deals, case when was_open then fen_from else fen_to end as movement_fen, owner_to as owner_then
    from in_play
    where not is_in_at_from
    union all
    select
        *, case when fen_to > fen_from then 'increased' else 'decreased' end as movement,
        0 as deals, fen_to - fen_from as movement_fen, owner_to as owner_then
    from in_play
    where was_open and fen_to <> fen_from
    union all
    select
        *, case when is_open then 'pushed' else state_to end as movement,
        -1 as deals, -fen_to as movement_fen, owner_to as owner_then
    from in_play
    where not is_in_at_to
    union all
    select *, 'closing' as movement, 1 as deals, fen_to as movement_fen, owner_to as owner_then
    from in_play
    where is_in_at_to
),

final as (
    select
        period_type,
        from_date,
        to_date,
        horizon,
        opportunity_id,
        movement,
        currency,
        owner_then,
        owner_now,
        expected_from,
        deals,
        movement_fen as amount_fen
    from movements
)

select * from final
