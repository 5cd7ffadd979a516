-- Grain: one row per won opportunity.
-- Rule: it was signed at its last entry into the signed stage; where it never entered that one, at its first entry into
-- a stage after it, else at the end of its close date, so that a lead of that day was there before (signed_basis says
-- which). Plan 5.2, 5.3.
with

opportunities as (
    select * from {{ ref('fct_opportunity') }}
    where outcome = 'won'
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

signing as (
    select * from {{ ref('int_signing_stage') }}
),

stage_times as (
    select * from {{ ref('int_opportunity_stage_time') }}
),

entries as (
    select
        stage_times.source_system,
        stage_times.opportunity_id,
        max(stage_times.latest_entered_at) filter (where stage_times.stage_code = signing.stage_code) as signed_at,
        min(stage_times.first_entered_at) filter (where stage_times.stage_order > signing.stage_order) as passed_at
    from stage_times
    cross join signing
    group by stage_times.source_system, stage_times.opportunity_id
),

final as (
    select
        opportunities.opportunity_id,
        opportunities.source_system,
        opportunities.source_opportunity_id,
        coalesce(
            entries.signed_at,
            entries.passed_at,
            timezone(
                settings.business_zone, cast(opportunities.closed_on as timestamp) + interval 1 day - interval 1 second
            )
        ) as signed_at,
        case
            when entries.signed_at is not null then 'signed_stage'
            when entries.passed_at is not null then 'later_stage'
            else 'close_date'
        end as signed_basis
    from opportunities
    inner join settings on opportunities.source_system = settings.source_system
    left join entries
        on
            opportunities.source_system = entries.source_system
            and opportunities.source_opportunity_id = entries.opportunity_id
)

select * from final
