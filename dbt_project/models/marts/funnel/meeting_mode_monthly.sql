-- Grain: one row per month of meeting and meeting mode that occurs in it.
-- Meetings without a start are out; link_match_rate and the company figures still count them.
with

meetings as (
    select * from {{ ref('fct_meeting') }}
),

final as (
    select
        cast({{ month_start('started_on') }} as date) as period_start,
        cast(meeting_mode as varchar) as meeting_mode,
        cast(count(*) as bigint) as meeting_count,
        cast(sum(count(*)) over (partition by {{ month_start('started_on') }}) as bigint) as month_meeting_count
    from meetings
    where started_on is not null
    group by {{ month_start('started_on') }}, meeting_mode
)

select * from final
