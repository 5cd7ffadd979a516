-- Grain: one row per session of a person or device in a meeting.
-- A person is from outside where the tool says so; where it does not say, whoever has no user of the tool is. One
-- person is told from another by the user of the tool, so that an employee is one under any name, else by e-mail, else
-- by the name shown, else by the session; e-mail and name are tokens.
with

sessions as (
    select
        *,
        {{ joined_key(['source_system', 'platform', 'meeting_id', "coalesce(occurrence_id, '')"]) }} as meeting_key
    from {{ ref('stg_mtg__attendee') }}
    where not is_deleted
),

meetings as (
    select * from {{ ref('fct_meeting') }}
),

final as (
    select
        cast(coalesce(meetings.meeting_id, 'unknown') as varchar) as meeting_id,
        cast(sessions.meeting_key as varchar) as meeting_reference,
        cast(sessions.session_key as varchar) as session_key,
        cast(sessions.joined_at as timestamp with time zone) as joined_at,
        cast(sessions.left_at as timestamp with time zone) as left_at,
        cast(sessions.user_id as varchar) as user_reference,
        cast(
            coalesce(
                {{ joined_key(['sessions.source_system', 'sessions.user_id']) }},
                sessions.email,
                sessions.display_name,
                sessions.session_key
            ) as varchar
        ) as person_token,
        cast(sessions.role as varchar) as role_raw,
        cast(coalesce(sessions.is_external, sessions.user_id is null) as boolean) as is_external,
        cast(sessions.is_external is not null as boolean) as is_external_delivered,
        cast(coalesce(sessions.duration_s, date_diff('second', sessions.joined_at, sessions.left_at)) as bigint)
            as duration_seconds
    from sessions
    left join meetings on sessions.meeting_key = meetings.meeting_id
)

select * from final
