-- Grain: one row per marketing campaign, and 'unknown'.
with

campaigns as (
    select * from {{ ref('stg_mk__campaign') }}
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
        cost_fen,
        currency,
        is_deleted
    from campaigns
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
        cast(cost_fen as bigint) as cost_fen,
        cast(currency as varchar) as currency,
        cast(is_deleted as boolean) as is_deleted
    from keyed
)

select * from final
