-- Grain: one row per meeting occurrence that is not deleted.
-- host and counterpart are references of the meeting system; nothing says whom of the CRM they are.
with

meetings as (
    select
        *,
        {{ joined_key(['source_system', 'platform', 'meeting_id', 'occurrence_id']) }} as meeting_key,
        lower(trim(coalesce(location, ''))) as location_text
    from {{ ref('stg_mtg__meeting') }}
    where not is_deleted
),

modes as (
    select * from {{ ref('int_meeting_mode') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'meetings'
),

opportunities as (
    select * from {{ ref('int_opportunity_lookup') }}
),

final as (
    select
        cast(meetings.meeting_key as varchar) as meeting_id,
        cast(meetings.source_system as varchar) as source_system,
        cast(meetings.host_user_id as varchar) as host_reference,
        cast(meetings.counterpart_id as varchar) as counterpart_reference,
        cast(coalesce(opportunities.opportunity_key, 'unknown') as varchar) as opportunity_id,
        cast(meetings.opportunity_id as varchar) as opportunity_reference,
        cast(modes.meeting_mode as varchar) as meeting_mode,
        cast(modes.mode_reason as varchar) as mode_reason,
        cast(meetings.country as varchar) as country,
        cast(meetings.participant_count as integer) as participant_count,
        cast(meetings.started_at as timestamp with time zone) as started_at,
        cast({{ business_date('meetings.started_at', 'settings.business_zone') }} as date) as started_on,
        cast(date_diff('second', meetings.started_at, meetings.ended_at) as bigint) as duration_seconds
    from meetings
    inner join settings on meetings.source_system = settings.source_system
    inner join modes on meetings.location_text = modes.location_text
    left join opportunities on meetings.opportunity_id = opportunities.opportunity_reference
)

select * from final
