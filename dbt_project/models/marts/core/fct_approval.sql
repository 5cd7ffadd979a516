-- Grain: one row per approval case that is not deleted.
-- How a case ended: its status says it, else its result, else its status in the source's words (seed
-- approval_outcome_rule); where none does, a case without a finish is open and a finished one unknown. Times are those
-- of approved cases, and of finished ones whose source does not say how they ended; rejected ones are decided, too, and
-- withdrawn and open ones are neither: mixing them in would shorten the median. A case has a rejection if an event or
-- its outcome says so, and none if it has other events or was approved; of the rest nobody knows. Plan 5.8 (G1, G3).
with

instances as (
    select * from {{ ref('stg_oa__approval_instance') }}
    where not is_deleted
),

cases as (
    select * from {{ ref('int_approval_case') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'oa'
),

opportunities as (
    select * from {{ ref('int_opportunity_lookup') }}
),

outcome_rules as (
    select * from {{ ref('approval_outcome_rule') }}
),

calendar as (
    select * from {{ ref('dim_date') }}
),

judged as (
    select
        instances.*,
        coalesce(
            of_status.outcome,
            of_result.outcome,
            of_raw_status.outcome,
            case when instances.finished_at is null then 'open' else 'unknown' end
        ) as outcome
    from instances
    left join outcome_rules as of_status on lower(trim(instances.status)) = of_status.word
    left join outcome_rules as of_result on lower(trim(instances.result_raw)) = of_result.word
    left join outcome_rules as of_raw_status on lower(trim(instances.status_raw)) = of_raw_status.word
),

final as (
    select
        cast(
            {{ joined_key(['judged.source_system', 'judged.corp_id', 'judged.instance_id']) }} as varchar
        ) as approval_id,
        cast(judged.source_system as varchar) as source_system,
        cast(judged.instance_id as varchar) as source_instance_id,
        cast(coalesce(nullif(trim(judged.approval_kind), ''), 'unknown') as varchar) as approval_kind,
        cast(coalesce(opportunities.opportunity_key, 'unknown') as varchar) as opportunity_id,
        cast(judged.opportunity_id as varchar) as opportunity_reference,
        cast(judged.originator_user_id as varchar) as originator_reference,
        cast(judged.status_raw as varchar) as status_raw,
        cast(judged.amount_fen as bigint) as amount_fen,
        cast(coalesce(judged.currency, settings.currency) as varchar) as currency,
        cast(judged.created_at as timestamp with time zone) as created_at,
        cast(judged.finished_at as timestamp with time zone) as finished_at,
        cast({{ business_date('judged.created_at', 'settings.business_zone') }} as date) as submitted_on,
        cast({{ business_date('judged.finished_at', 'settings.business_zone') }} as date) as finished_on,
        cast(judged.finished_at is not null as boolean) as is_finished,
        cast(judged.outcome as varchar) as outcome,
        cast(
            judged.finished_at is not null and judged.outcome in ('approved', 'rejected', 'unknown') as boolean
        ) as counts_as_decided,
        cast(
            judged.finished_at is not null and judged.outcome in ('approved', 'unknown') as boolean
        ) as counts_as_approved,
        cast(
            case
                when cases.has_rejection or judged.outcome = 'rejected' then true
                when cases.event_count > 0 or judged.outcome = 'approved' then false
            end as boolean
        ) as has_rejection,
        cast(coalesce(cases.event_count, 0) as bigint) as event_count,
        cast(cases.throughput_seconds as bigint) as throughput_seconds,
        cast({{ working_days('submitting', 'finishing') }} as bigint) as approval_workdays
    from judged
    inner join settings on judged.source_system = settings.source_system
    left join cases
        on
            judged.source_system = cases.source_system
            and judged.corp_id = cases.corp_id
            and judged.instance_id = cases.instance_id
    left join opportunities on judged.opportunity_id = opportunities.opportunity_reference
    left join calendar as submitting
        on {{ business_date('judged.created_at', 'settings.business_zone') }} = submitting.calendar_date
    left join calendar as finishing
        on {{ business_date('judged.finished_at', 'settings.business_zone') }} = finishing.calendar_date
)

select * from final
