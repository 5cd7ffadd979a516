-- Grain: one row per marketing campaign, and 'unknown'. Zone and currency of an undeclared tool are the defaults.
with

campaigns as (
    select * from {{ ref('stg_mk__campaign') }}
),

settings as (
    select
        source_system,
        min(business_zone) as business_zone,
        min(currency) as currency
    from {{ ref('int_source_setting') }}
    group by source_system
),

located as (
    select
        campaigns.* exclude (currency),
        coalesce(campaigns.currency, settings.currency, '{{ var("default_currency") }}') as currency,
        coalesce(settings.business_zone, '{{ var("default_business_zone") }}') as business_zone
    from campaigns
    left join settings on campaigns.source_system = settings.source_system
),

keyed as (
    select
        {{ joined_key(['source_system', 'platform', 'campaign_id']) }} as campaign_key,
        source_system,
        campaign_id as source_campaign_id,
        name as campaign_name,
        channel,
        status as status_raw,
        sent_at,
        {{ business_date('sent_at', 'business_zone') }} as sent_on,
        cost_fen,
        currency,
        is_deleted
    from located
    union all by name
    select
        'unknown' as campaign_key,
        'unknown' as source_system,
        'unknown' as source_campaign_id,
        false as is_deleted
),

final as (
    select
        cast(campaign_key as varchar) as campaign_id,
        cast(source_system as varchar) as source_system,
        cast(source_campaign_id as varchar) as source_campaign_id,
        cast(campaign_name as varchar) as campaign_name,
        cast(channel as varchar) as channel,
        cast(status_raw as varchar) as status_raw,
        cast(sent_at as timestamp with time zone) as sent_at,
        cast(sent_on as date) as sent_on,
        cast(cost_fen as bigint) as cost_fen,
        cast(currency as varchar) as currency,
        cast(is_deleted as boolean) as is_deleted
    from keyed
)

select * from final
