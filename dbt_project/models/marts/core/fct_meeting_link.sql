-- Grain: one row per meeting that is not deleted.
-- Which deal it is evidence for, how sure that is, in which stage the deal was, and who came.
with

links as (
    select * from {{ ref('int_meeting_link') }}
),

meetings as (
    select * from {{ ref('fct_meeting') }}
),

presence as (
    select * from {{ ref('int_meeting_presence') }}
),

visits as (
    select * from {{ ref('fct_stage_visit') }}
),

final as (
    select
        cast(links.meeting_id as varchar) as meeting_id,
        cast(coalesce(links.opportunity_id, 'unknown') as varchar) as opportunity_id,
        cast(links.link_quality as varchar) as link_quality,
        cast(links.link_method as varchar) as link_method,
        cast(links.confidence as decimal(9, 6)) as confidence,
        cast(visits.stage_code as varchar) as stage_code_at_meeting,
        cast(presence.person_count as integer) as person_count,
        cast(presence.external_person_count as integer) as external_person_count,
        cast(presence.is_no_show as boolean) as is_no_show,
        cast(meetings.started_at as timestamp with time zone) as started_at,
        cast(meetings.started_on as date) as started_on
    from links
    inner join meetings on links.meeting_id = meetings.meeting_id
    left join presence on links.meeting_id = presence.meeting_id
    left join visits
        on
            links.opportunity_id = visits.opportunity_id
            and meetings.started_at >= visits.entered_at
            and meetings.started_at < coalesce(visits.left_at, timestamptz 'infinity')
)

select * from final
