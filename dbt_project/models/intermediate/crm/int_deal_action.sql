-- Grain: one row per opportunity, stage of the ladder up to the furthest that it reached, and key action that is
-- mandatory in that stage.
-- Rule: a stage that was reached wants its key actions, one that was jumped over, too; an action is done if it was
-- recorded as done, and in order if that was before the deal left the stage for the last time. Only where key actions
-- are delivered. Plan 5.1 (F15).
with

opportunities as (
    select * from {{ ref('fct_opportunity') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

ladder as (
    select * from {{ ref('stage') }}
    where stage_order is not null
),

stage_exits as (
    select
        source_system,
        opportunity_id,
        stage_code,
        min(entered_at) as entered_at,
        arg_max(coalesce(left_at, timestamptz 'infinity'), visit_number) as left_at
    from {{ ref('int_stage_move') }}
    group by source_system, opportunity_id, stage_code
),

rules as (
    select * from {{ ref('stage_action_rule') }}
),

actions as (
    select * from {{ ref('fct_stage_action') }}
),

delivering as (
    select distinct source_system from {{ ref('stg_crm__stage_action') }}
),

reached as (
    select
        opportunities.opportunity_id,
        opportunities.source_system,
        ladder.stage_code,
        ladder.stage_order,
        stage_exits.left_at,
        min(stage_exits.entered_at) over (
            partition by opportunities.opportunity_id
            order by ladder.stage_order
            rows between current row and unbounded following
        ) as reached_at
    from opportunities
    semi join delivering on opportunities.source_system = delivering.source_system
    inner join ladder on opportunities.reached_stage_order >= ladder.stage_order
    left join stage_exits
        on
            opportunities.source_system = stage_exits.source_system
            and opportunities.source_opportunity_id = stage_exits.opportunity_id
            and ladder.stage_code = stage_exits.stage_code
),

dated as (
    select
        reached.*,
        {{ business_date('reached.reached_at', 'settings.business_zone') }} as reached_on
    from reached
    inner join settings on reached.source_system = settings.source_system
),

final as (
    select
        dated.opportunity_id,
        dated.stage_code,
        dated.stage_order,
        rules.action_code,
        coalesce(actions.is_done, false) as is_done,
        coalesce(actions.done_at <= dated.left_at, false) as is_done_in_order
    from dated
    inner join rules
        on
            dated.stage_code = rules.stage_code
            and dated.reached_on >= rules.valid_from
            and (rules.valid_to is null or dated.reached_on < rules.valid_to)
    left join actions
        on
            dated.opportunity_id = actions.opportunity_id
            and dated.stage_code = actions.stage_code
            and rules.action_code = actions.action_code
)

select * from final
