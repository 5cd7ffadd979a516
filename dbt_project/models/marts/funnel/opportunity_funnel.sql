-- Grain: one row per region, currency and stage of the ladder; regions and currencies with opportunities only.
-- Rule: mode `reached`; the next stage counts the same way, so a conversion never exceeds 100 %. Plan 5.2, 5.3.
with

opportunities as (
    select * from {{ ref('fct_opportunity') }}
),

stages as (
    select * from {{ ref('stage') }}
    where stage_order is not null
),

spine as (
    select
        scopes.region_id,
        scopes.currency,
        stages.stage_code,
        stages.stage_order
    from (select distinct region_id, currency from opportunities) as scopes
    cross join stages
),

counted as (
    select
        spine.region_id,
        spine.currency,
        spine.stage_code,
        spine.stage_order,
        count(*) filter (where opportunities.reached_stage_order >= spine.stage_order) as reached_count,
        count(*) filter (where opportunities.reached_stage_order > spine.stage_order) as reached_next_count,
        count(*) filter (where opportunities.stage_code = spine.stage_code) as currently_in_count,
        count(*) filter (
            where opportunities.outcome = 'lost' and opportunities.reached_stage_order = spine.stage_order
        ) as lost_here_count,
        sum(opportunities.amount_fen) filter (
            where opportunities.outcome = 'open' and opportunities.stage_code = spine.stage_code
        ) as open_fen,
        count(*) filter (
            where
            opportunities.outcome = 'open'
            and opportunities.stage_code = spine.stage_code
            and opportunities.amount_fen is null
        ) as open_without_amount_count
    from spine
    inner join opportunities
        on
            spine.region_id = opportunities.region_id
            and spine.currency = opportunities.currency
    group by all
),

final as (
    select
        cast(region_id as varchar) as region_id,
        cast(currency as varchar) as currency,
        cast(stage_code as varchar) as stage_code,
        cast(stage_order as integer) as stage_order,
        cast(reached_count as bigint) as reached_count,
        cast(reached_next_count as bigint) as reached_next_count,
        cast(currently_in_count as bigint) as currently_in_count,
        cast(lost_here_count as bigint) as lost_here_count,
        cast(coalesce(open_fen, 0) as bigint) as open_fen,
        cast(open_without_amount_count as bigint) as open_without_amount_count
    from counted
)

select * from final
