-- Grain: one row per service ticket.
-- Waits run in natural time, from opening to the first response and to the solution. Plan D5, D7, D8.
with

tickets as (
    select * from {{ ref('stg_svc__ticket') }}
    where not is_deleted
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'service'
),

-- One account number may occur in two CRM systems; then nobody can say whose ticket it is.
accounts as (
    select
        source_customer_id,
        min(customer_id) as customer_id,
        min(survivor_customer_id) as survivor_customer_id
    from {{ ref('dim_customer') }}
    where customer_origin = 'crm'
    group by source_customer_id
    having count(*) = 1
),

final as (
    select
        cast(tickets.source_system || ':' || tickets.ticket_id as varchar) as ticket_id,
        cast(tickets.source_system as varchar) as source_system,
        cast(coalesce(accounts.customer_id, 'unknown') as varchar) as customer_id,
        cast(coalesce(accounts.survivor_customer_id, 'unknown') as varchar) as survivor_customer_id,
        cast(tickets.account_id as varchar) as account_reference,
        cast(tickets.category as varchar) as category,
        cast(tickets.priority as varchar) as priority,
        cast(tickets.status as varchar) as status,
        cast(tickets.by_bot as boolean) as is_by_bot,
        cast(tickets.opened_at as timestamp with time zone) as opened_at,
        cast({{ business_date('tickets.opened_at', 'settings.business_zone') }} as date) as opened_on,
        cast(tickets.first_response_at as timestamp with time zone) as first_response_at,
        cast(tickets.resolved_at as timestamp with time zone) as resolved_at,
        cast({{ business_date('tickets.resolved_at', 'settings.business_zone') }} as date) as resolved_on,
        cast(date_diff('second', tickets.opened_at, tickets.first_response_at) as bigint) as response_seconds,
        cast(date_diff('second', tickets.opened_at, tickets.resolved_at) as bigint) as resolution_seconds
    from tickets
    inner join settings on tickets.source_system = settings.source_system
    left join accounts on tickets.account_id = accounts.source_customer_id
)

select * from final
