-- Grain: one row per opportunity and stage that it was in at a meeting; stage `all` sums the deal up, for every deal.
-- Meetings count by the quality of their link. People are told apart by tokens of the meeting tool; a deal with two or
-- more people from outside is multi-threaded. A deal without a row but `all` had no meeting that is tied to it.
with

deals as (
    select * from {{ ref('int_deal') }}
),

meetings as (
    select * from {{ ref('fct_meeting_link') }}
    where opportunity_id <> 'unknown'
),

people as (
    select
        meetings.opportunity_id,
        meetings.stage_code_at_meeting as stage_code,
        attendees.person_token
    from meetings
    inner join {{ ref('fct_meeting_attendee') }} as attendees on meetings.meeting_id = attendees.meeting_id
    where attendees.is_external
),

people_met as (
    select
        opportunity_id,
        coalesce(stage_code, 'outside') as stage_code,
        count(distinct person_token) as people_count
    from people
    group by opportunity_id, coalesce(stage_code, 'outside')
    union all
    select
        opportunity_id,
        'all' as stage_code,
        count(distinct person_token) as people_count
    from people
    group by opportunity_id
),

staged as (
    select *, coalesce(stage_code_at_meeting, 'outside') as stage_code from meetings
    union all
    select *, 'all' as stage_code from meetings
),

spine as (
    select opportunity_id, 'all' as stage_code from deals
    union
    select opportunity_id, stage_code from staged
),

counted as (
    select
        spine.opportunity_id,
        spine.stage_code,
        count(staged.meeting_id) as meeting_count,
        count(*) filter (where staged.link_quality = 'id') as linked_by_id_count,
        count(*) filter (where staged.link_quality = 'attendee') as linked_by_attendee_count,
        count(*) filter (where staged.is_no_show) as no_show_count,
        count(*) filter (where staged.is_no_show is not null) as with_attendees_count,
        min(staged.started_on) as first_meeting_on,
        max(staged.started_on) as last_meeting_on
    from spine
    left join staged
        on
            spine.opportunity_id = staged.opportunity_id
            and spine.stage_code = staged.stage_code
    group by spine.opportunity_id, spine.stage_code
),

final as (
    select
        cast(counted.opportunity_id as varchar) as opportunity_id,
        cast(counted.stage_code as varchar) as stage_code,
        cast(deals.outcome as varchar) as outcome,
        cast(deals.owner_employee_id as varchar) as owner_employee_id,
        cast(counted.meeting_count as integer) as meeting_count,
        cast(counted.linked_by_id_count as integer) as linked_by_id_count,
        cast(counted.linked_by_attendee_count as integer) as linked_by_attendee_count,
        cast(
            case
                when counted.linked_by_id_count > 0 then 'id'
                when counted.linked_by_attendee_count > 0 then 'attendee'
                else 'none'
            end as varchar
        ) as link_quality,
        cast(counted.with_attendees_count as integer) as with_attendees_count,
        cast(counted.no_show_count as integer) as no_show_count,
        cast(coalesce(people_met.people_count, 0) as integer) as people_met_count,
        cast(coalesce(people_met.people_count, 0) >= 2 as boolean) as is_multi_threaded,
        cast(counted.first_meeting_on as date) as first_meeting_on,
        cast(counted.last_meeting_on as date) as last_meeting_on
    from counted
    inner join deals on counted.opportunity_id = deals.opportunity_id
    left join people_met
        on
            counted.opportunity_id = people_met.opportunity_id
            and counted.stage_code = people_met.stage_code
)

select * from final
