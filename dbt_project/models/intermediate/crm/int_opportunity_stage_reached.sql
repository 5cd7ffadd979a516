-- Grain: one row per opportunity that is not deleted.
-- Rule (counting mode `reached`): a stage counts if it or any later stage was entered or is the current one. So the
-- furthest stage tells all; a lost opportunity keeps the furthest stage that it visited, and every opportunity
-- has reached the first stage. Plan 5.2.
with

opportunities as (
    select * from {{ ref('stg_crm__opportunity') }}
    where not is_deleted
),

visits as (
    select * from {{ ref('int_opportunity_stage_visit') }}
),

ladder as (
    select * from {{ ref('stage') }}
    where stage_order is not null
),

first_stage as (
    select min(stage_order) as stage_order from ladder
),

touched as (
    select source_system, opportunity_id, stage_code from opportunities
    union all
    select source_system, opportunity_id, stage_code from visits
),

furthest as (
    select
        touched.source_system,
        touched.opportunity_id,
        max(ladder.stage_order) as stage_order
    from touched
    inner join ladder on touched.stage_code = ladder.stage_code
    group by all
),

final as (
    select
        opportunities.source_system,
        opportunities.opportunity_id,
        coalesce(furthest.stage_order, first_stage.stage_order) as reached_stage_order
    from opportunities
    cross join first_stage
    left join furthest
        on
            opportunities.source_system = furthest.source_system
            and opportunities.opportunity_id = furthest.opportunity_id
)

select * from final
