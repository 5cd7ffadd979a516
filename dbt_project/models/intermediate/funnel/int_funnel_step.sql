-- Grain: one row per entity of the funnel, counting mode and stage that it entered under that mode.
-- Rule: `visited` counts stages really entered, `reached` a stage if it or any later one was entered, `strict` a stage
-- if it and every earlier one was entered. Everything enters the first stage when it starts. A deal whose source
-- delivers no stage history reached its stages at its close, or where it is open at its start. Plan 5.2.
with

entities as (
    select * from {{ ref('int_funnel_entity') }}
),

ladder as (
    select
        stage_code,
        stage_order,
        min(stage_order) over () as first_order
    from {{ ref('stage') }}
    where stage_order is not null
),

visits as (
    select
        source_system || ':' || opportunity_id as opportunity_id,
        stage_order,
        first_entered_at
    from {{ ref('int_opportunity_stage_time') }}
),

spine as (
    select
        entities.entity_id,
        entities.opportunity_id,
        entities.started_at,
        entities.reached_stage_order,
        ladder.stage_code,
        ladder.stage_order,
        ladder.first_order,
        coalesce(
            timezone(entities.business_zone, cast(entities.closed_on as timestamp)), entities.started_at
        ) as undated_at
    from entities
    inner join ladder on coalesce(entities.reached_stage_order, ladder.first_order) >= ladder.stage_order
),

visited as (
    select
        spine.*,
        case
            when spine.stage_order = spine.first_order then spine.started_at else visits.first_entered_at
        end as visited_at
    from spine
    left join visits
        on
            spine.opportunity_id = visits.opportunity_id
            and spine.stage_order = visits.stage_order
),

timed as (
    select
        *,
        min(visited_at) over (
            partition by entity_id
            order by stage_order
            rows between current row and unbounded following
        ) as reached_at,
        count(visited_at) over (partition by entity_id order by stage_order) as visited_count
    from visited
),

final as (
    select
        entity_id,
        'reached' as counting_mode,
        stage_code,
        stage_order,
        greatest(coalesce(reached_at, undated_at), started_at) as entered_at
    from timed
    union all
    select
        entity_id,
        'visited' as counting_mode,
        stage_code,
        stage_order,
        greatest(visited_at, started_at) as entered_at
    from timed
    where visited_at is not null
    union all
    select
        entity_id,
        'strict' as counting_mode,
        stage_code,
        stage_order,
        greatest(visited_at, started_at) as entered_at
    from timed
    where visited_at is not null and visited_count = stage_order - first_order + 1
)

select * from final
