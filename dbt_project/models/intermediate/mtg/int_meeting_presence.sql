-- Grain: one row per meeting that has an attendee list.
-- Rule: who was there. A no-show is a meeting to which people came but nobody from outside; without a list nothing is
-- known, so such a meeting is neither held nor a no-show.
with

attendees as (
    select * from {{ ref('fct_meeting_attendee') }}
    where meeting_id <> 'unknown'
),

final as (
    select
        meeting_id,
        count(distinct person_token) as person_count,
        count(distinct person_token) filter (where is_external) as external_person_count,
        not bool_or(is_external) as is_no_show
    from attendees
    group by meeting_id
)

select * from final
