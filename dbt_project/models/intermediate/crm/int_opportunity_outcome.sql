-- Grain: one row per opportunity that is not deleted.
-- Rule: the current stage decides won, lost or open. The close date is the reported one, else the day on which the deal
-- last became won or lost (a stage after the signature is no further close), else of the last update, else the last
-- covered day (close_basis says which): a closed opportunity always has a date, so no won value falls out of a monthly
-- figure. Plan 5.2, 5.3.
with

opportunities as (
    select * from {{ ref('stg_crm__opportunity') }}
    where not is_deleted
),

stages as (
    select * from {{ ref('stage') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

visits as (
    select
        visits.source_system,
        visits.opportunity_id,
        visits.entered_at,
        stages.is_won,
        stages.is_lost,
        lag((stages.is_won, stages.is_lost)) over (
            partition by visits.source_system, visits.opportunity_id
            order by visits.visit_number
        ) as state_before
    from {{ ref('int_opportunity_stage_visit') }} as visits
    left join stages on visits.stage_code = stages.stage_code
),

closing_visits as (
    select source_system, opportunity_id, max(entered_at) as closed_at from visits
    where (is_won or is_lost) and (is_won, is_lost) is distinct from state_before
    group by all
),

judged as (
    select
        opportunities.source_system,
        opportunities.opportunity_id,
        case
            when stages.is_won then 'won'
            when stages.is_lost then 'lost'
            else 'open'
        end as outcome,
        opportunities.closed_on as reported_on,
        {{ business_date('closing_visits.closed_at', 'settings.business_zone') }} as visited_on,
        {{ business_date('opportunities.updated_at', 'settings.business_zone') }} as updated_on,
        settings.data_through
    from opportunities
    inner join settings on opportunities.source_system = settings.source_system
    left join stages on opportunities.stage_code = stages.stage_code
    left join closing_visits
        on
            opportunities.source_system = closing_visits.source_system
            and opportunities.opportunity_id = closing_visits.opportunity_id
),

final as (
    select
        source_system,
        opportunity_id,
        outcome,
        case
            when outcome = 'open' then null
            else coalesce(reported_on, visited_on, updated_on, data_through)
        end as closed_on,
        case
            when outcome = 'open' then null
            when reported_on is not null then 'reported'
            when visited_on is not null then 'stage_history'
            when updated_on is not null then 'last_update'
            else 'data_through'
        end as close_basis
    from judged
)

select * from final
