-- Grain: one row per opportunity, stage of the ladder that it entered, and key action that is mandatory in that stage.
-- Rule: a stage that was entered wants its key actions; one is done if it was recorded as done, and in order if it was
-- done before the deal left the stage for the last time. Only where key actions are delivered. Plan 5.1 (F15).
with

stage_exits as (
    select
        source_system,
        opportunity_id,
        stage_code,
        arg_max(coalesce(left_at, timestamptz 'infinity'), visit_number) as left_at
    from {{ ref('int_stage_move') }}
    group by source_system, opportunity_id, stage_code
),

stage_times as (
    select
        int_opportunity_stage_time.*,
        fct_opportunity.opportunity_id as deal_id,
        stage_exits.left_at
    from {{ ref('int_opportunity_stage_time') }} as int_opportunity_stage_time
    inner join {{ ref('fct_opportunity') }} as fct_opportunity
        on
            int_opportunity_stage_time.source_system = fct_opportunity.source_system
            and int_opportunity_stage_time.opportunity_id = fct_opportunity.source_opportunity_id
    left join stage_exits
        on
            int_opportunity_stage_time.source_system = stage_exits.source_system
            and int_opportunity_stage_time.opportunity_id = stage_exits.opportunity_id
            and int_opportunity_stage_time.stage_code = stage_exits.stage_code
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

final as (
    select
        stage_times.deal_id as opportunity_id,
        stage_times.stage_code,
        stage_times.stage_order,
        rules.action_code,
        coalesce(actions.is_done, false) as is_done,
        coalesce(actions.done_at <= stage_times.left_at, false) as is_done_in_order,
        coalesce(actions.is_form_complete, false) as is_form_complete
    from stage_times
    semi join delivering on stage_times.source_system = delivering.source_system
    inner join rules
        on
            stage_times.stage_code = rules.stage_code
            and cast(stage_times.first_entered_at as date) >= rules.valid_from
            and (rules.valid_to is null or cast(stage_times.first_entered_at as date) < rules.valid_to)
    left join actions
        on
            stage_times.deal_id = actions.opportunity_id
            and stage_times.stage_code = actions.stage_code
            and rules.action_code = actions.action_code
)

select * from final
