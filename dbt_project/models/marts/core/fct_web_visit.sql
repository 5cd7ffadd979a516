-- Grain: one row per session on the web shop, from its first event to its last.
-- A visit belongs to the day on which it begins; it converts if a payment is among its events. Plan 2.5.
with

events as (
    select * from {{ ref('stg_ec__web_visit') }}
    where not is_deleted
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'ecommerce'
),

social_sources as (
    select * from {{ ref('social_source') }}
),

customers as (
    select * from {{ ref('dim_customer') }}
),

sessions as (
    select
        source_system,
        coalesce(session_id, event_id) as session_key,
        min(visitor_id) as visitor_reference,
        max(user_id) as buyer_reference,
        arg_min(utm_source, (occurred_at, event_id)) filter (where utm_source is not null) as utm_source,
        arg_min(utm_medium, (occurred_at, event_id)) filter (where utm_medium is not null) as utm_medium,
        arg_min(device, (occurred_at, event_id)) as device,
        count(*) as event_count,
        bool_or(lower(event_name) in ('pay', 'purchase')) as has_paid,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at
    from events
    group by all
),

final as (
    select
        cast(sessions.source_system || ':' || sessions.session_key as varchar) as visit_id,
        cast(sessions.source_system as varchar) as source_system,
        cast(sessions.visitor_reference as varchar) as visitor_reference,
        cast(coalesce(customers.customer_id, 'unknown') as varchar) as customer_id,
        cast(sessions.utm_source as varchar) as utm_source,
        cast(sessions.utm_medium as varchar) as utm_medium,
        cast(social_sources.source_code is not null as boolean) as is_social,
        cast(sessions.device as varchar) as device,
        cast(sessions.event_count as bigint) as event_count,
        cast(coalesce(sessions.has_paid, false) as boolean) as has_paid,
        cast(sessions.started_at as timestamp with time zone) as started_at,
        cast(sessions.ended_at as timestamp with time zone) as ended_at,
        cast({{ business_date('sessions.started_at', 'settings.business_zone') }} as date) as started_on
    from sessions
    inner join settings on sessions.source_system = settings.source_system
    left join social_sources on lower(sessions.utm_source) = social_sources.source_code
    left join customers on sessions.source_system || ':' || sessions.buyer_reference = customers.customer_id
)

select * from final
