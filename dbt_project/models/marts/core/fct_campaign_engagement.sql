-- Grain: one row per event of a recipient of a campaign.
-- The recipient is a token; what a robot did is kept and marked, because a mail filter opens every mail.
with

events as (
    select * from {{ ref('stg_mk__engagement') }}
    where not is_deleted
),

campaigns as (
    select * from {{ ref('stg_mk__campaign') }}
),

settings as (
    select
        source_system,
        min(business_zone) as business_zone
    from {{ ref('int_source_setting') }}
    group by source_system
),

run_zone as (
    select '{{ var("default_business_zone") }}' as business_zone
),

final as (
    select
        cast({{ joined_key(['events.source_system', 'events.platform', 'events.event_id']) }} as varchar)
            as engagement_id,
        cast(events.source_system as varchar) as source_system,
        cast(events.platform as varchar) as platform,
        cast(events.campaign_id as varchar) as campaign_reference,
        cast(campaigns.campaign_id is not null as boolean) as is_campaign_known,
        cast(coalesce(campaigns.channel, 'unknown') as varchar) as channel,
        cast(events.recipient_id as varchar) as recipient_token,
        cast(events.action as varchar) as action,
        cast(coalesce(events.is_bot_filtered, false) as boolean) as is_robot,
        cast(events.occurred_at as timestamp with time zone) as occurred_at,
        cast(
            {{ business_date('events.occurred_at', 'coalesce(settings.business_zone, run_zone.business_zone)') }}
            as date
        ) as occurred_on
    from events
    cross join run_zone
    left join settings on events.source_system = settings.source_system
    left join campaigns
        on
            events.source_system = campaigns.source_system
            and events.platform = campaigns.platform
            and events.campaign_id = campaigns.campaign_id
)

select * from final
