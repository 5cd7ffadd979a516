-- Grain: one row per meeting that is not deleted.
-- Rule: which deal a meeting belongs to, and how sure that is. `id`: the meeting or its calendar entry names the deal;
-- `attendee`: somebody found it by the people or by host and time; `none`: nothing ties it to a deal, and nobody
-- guesses. Of several links the surest stands. Evidence of progress may use `id` and `attendee` only.
with

meetings as (
    select
        source_system || ':' || platform || ':' || meeting_id || ':' || occurrence_id as meeting_key,
        *
    from {{ ref('stg_mtg__meeting') }}
    where not is_deleted
),

links as (
    select * from {{ ref('stg_mtg__link') }}
    where not is_deleted
),

opportunities as (
    select * from {{ ref('int_opportunity_lookup') }}
),

named as (
    select
        meeting_key,
        opportunity_id as opportunity_reference,
        'meeting' as link_method,
        1 as confidence
    from meetings
    where opportunity_id is not null
    union all
    select
        meetings.meeting_key,
        links.opportunity_id as opportunity_reference,
        links.method as link_method,
        coalesce(links.confidence, 0) as confidence
    from meetings
    inner join links
        on
            meetings.source_system = links.source_system
            and meetings.platform = links.platform
            and meetings.meeting_id = links.meeting_id
            and meetings.occurrence_id = links.occurrence_id
),

known as (
    select
        named.*,
        opportunities.opportunity_key,
        case when named.link_method in ('meeting', 'crm_event_id', 'calendar_uid', 'manual') then 1 else 2 end
            as quality_rank
    from named
    inner join opportunities on named.opportunity_reference = opportunities.opportunity_reference
),

best as (
    select * from known
    qualify
        row_number() over (
            partition by meeting_key
            order by quality_rank asc, confidence desc, link_method asc, opportunity_key asc
        ) = 1
),

final as (
    select
        meetings.meeting_key as meeting_id,
        best.opportunity_key as opportunity_id,
        case best.quality_rank when 1 then 'id' when 2 then 'attendee' else 'none' end as link_quality,
        best.link_method,
        best.confidence
    from meetings
    left join best on meetings.meeting_key = best.meeting_key
)

select * from final
