-- Grain: one row per approval case that is not deleted.
-- Open cases (no finish) are kept but never counted as finished: mixing them in would shorten the median. Plan 5.8.
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

calendar as (
    select * from {{ ref('dim_date') }}
),

final as (
    select
        cast(
            {{ joined_key(['instances.source_system', 'instances.corp_id', 'instances.instance_id']) }} as varchar
        ) as approval_id,
        cast(instances.source_system as varchar) as source_system,
        cast(instances.instance_id as varchar) as source_instance_id,
        cast(coalesce(nullif(trim(instances.approval_kind), ''), 'unknown') as varchar) as approval_kind,
        cast(coalesce(opportunities.opportunity_key, 'unknown') as varchar) as opportunity_id,
        cast(instances.opportunity_id as varchar) as opportunity_reference,
        cast(instances.originator_user_id as varchar) as originator_reference,
        cast(instances.status_raw as varchar) as status_raw,
        cast(instances.amount_fen as bigint) as amount_fen,
        cast(coalesce(instances.currency, settings.currency) as varchar) as currency,
        cast(instances.created_at as timestamp with time zone) as created_at,
        cast(instances.finished_at as timestamp with time zone) as finished_at,
        cast({{ business_date('instances.created_at', 'settings.business_zone') }} as date) as submitted_on,
        cast({{ business_date('instances.finished_at', 'settings.business_zone') }} as date) as finished_on,
        cast(instances.finished_at is not null as boolean) as is_finished,
        cast(coalesce(cases.has_rejection, false) as boolean) as has_rejection,
        cast(coalesce(cases.event_count, 0) as bigint) as event_count,
        cast(cases.throughput_seconds as bigint) as throughput_seconds,
        cast({{ working_days('submitting', 'finishing') }} as bigint) as approval_workdays
    from instances
    inner join settings on instances.source_system = settings.source_system
    left join cases
        on
            instances.source_system = cases.source_system
            and instances.corp_id = cases.corp_id
            and instances.instance_id = cases.instance_id
    left join opportunities on instances.opportunity_id = opportunities.opportunity_reference
    left join calendar as submitting
        on {{ business_date('instances.created_at', 'settings.business_zone') }} = submitting.calendar_date
    left join calendar as finishing
        on {{ business_date('instances.finished_at', 'settings.business_zone') }} = finishing.calendar_date
)

select * from final
