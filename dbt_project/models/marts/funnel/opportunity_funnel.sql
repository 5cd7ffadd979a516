-- Grain: one row per region, currency and stage of the ladder; regions and currencies with opportunities only.
-- Rule: mode `reached`; the next stage counts the same way, so a conversion never exceeds 100 %. An open deal in a
-- stage that the list does not have stands in the furthest one that it is known to have reached. Plan 5.2, 5.3.
with

stages as (
    select * from {{ ref('stage') }}
    where stage_order is not null
),

opportunities as (
    select
        opportunities.* exclude (stage_code),
        case
            when opportunities.outcome = 'open' then coalesce(current_stages.stage_code, furthest.stage_code)
            else opportunities.stage_code
        end as stage_code
    from {{ ref('fct_opportunity') }} as opportunities
    left join stages as current_stages on opportunities.stage_code = current_stages.stage_code
    left join stages as furthest on opportunities.reached_stage_order = furthest.stage_order
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
