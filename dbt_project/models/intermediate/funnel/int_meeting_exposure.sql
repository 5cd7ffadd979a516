-- Grain: one row per deal and stage of the ladder before the signature that it was still in some days after it came.
-- Rule (landmark): a deal counts as exposed if a meeting tied to it was held in these first days (seed
-- funnel_definition, landmark_days); deals that left before are not looked at, so that none has met more by merely
-- staying longer. It moved on if it reached a later stage within the window; only deals whose whole window was
-- observed, or that are decided, are judged. A no-show is no meeting. The first days have to lie within those whose
-- meetings are known: of any other nobody knows whether there was one.
with

all_visits as (
    select * from {{ ref('fct_stage_visit') }}
),

visits as (
    select * from all_visits
    where is_first_visit
),

deals as (
    select * from {{ ref('int_deal') }}
),

signing as (
    select * from {{ ref('int_signing_stage') }}
),

definition as (
    select * from {{ ref('int_funnel_definition') }}
),

settings as (
    select
        source_system,
        timezone(business_zone, cast(data_through + 1 as timestamp)) as observed_until
    from {{ ref('int_source_setting') }}
    where source = 'crm'
),

meeting_coverage as (
    select * from {{ ref('int_meeting_coverage') }}
),

meetings as (
    select * from {{ ref('fct_meeting_link') }}
    where opportunity_id <> 'unknown' and not coalesce(is_no_show, false)
),

at_landmark as (
    select
        visits.opportunity_id,
        visits.stage_code,
        visits.stage_order,
        visits.entered_at,
        visits.entered_at + to_days(definition.landmark_days) as landmark_at,
        visits.entered_at + to_days(definition.window_days) as window_ends_at,
        deals.outcome,
        settings.observed_until
    from visits
    inner join definition
        on visits.entered_on >= definition.valid_from and visits.entered_on < definition.governs_to
    inner join meeting_coverage
        on
            visits.entered_on >= meeting_coverage.covered_from
            and visits.entered_on + definition.landmark_days <= meeting_coverage.data_through
    cross join signing
    inner join deals on visits.opportunity_id = deals.opportunity_id
    inner join settings on deals.source_system = settings.source_system
    where visits.stage_order < signing.stage_order
        and visits.entered_at + to_days(definition.landmark_days)
        < coalesce(visits.left_at, settings.observed_until)
),

progress as (
    select
        at_landmark.opportunity_id,
        at_landmark.stage_code,
        min(all_visits.entered_at) as moved_on_at
    from at_landmark
    inner join all_visits
        on
            at_landmark.opportunity_id = all_visits.opportunity_id
            and at_landmark.stage_order < all_visits.stage_order
            and at_landmark.landmark_at <= all_visits.entered_at
    group by at_landmark.opportunity_id, at_landmark.stage_code
),

exposures as (
    select
        at_landmark.opportunity_id,
        at_landmark.stage_code,
        count(*) as meeting_count
    from at_landmark
    inner join meetings
        on
            at_landmark.opportunity_id = meetings.opportunity_id
            and at_landmark.entered_at <= meetings.started_at
            and at_landmark.landmark_at > meetings.started_at
    group by at_landmark.opportunity_id, at_landmark.stage_code
),

final as (
    select
        at_landmark.opportunity_id,
        at_landmark.stage_code,
        at_landmark.stage_order,
        coalesce(exposures.meeting_count, 0) > 0 as is_exposed,
        coalesce(progress.moved_on_at < at_landmark.window_ends_at, false) as has_moved_on
    from at_landmark
    left join progress
        on
            at_landmark.opportunity_id = progress.opportunity_id
            and at_landmark.stage_code = progress.stage_code
    left join exposures
        on
            at_landmark.opportunity_id = exposures.opportunity_id
            and at_landmark.stage_code = exposures.stage_code
    where at_landmark.outcome <> 'open' or at_landmark.window_ends_at <= at_landmark.observed_until
)

select * from final
