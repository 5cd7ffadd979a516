-- Grain: one row per version of a CRM quote that is not deleted.
-- Only the highest version stands; the earlier ones tell how the price came down. Plan 5.8.
with

quotes as (
    select * from {{ ref('stg_crm__quote') }}
    where not is_deleted
),

opportunities as (
    select * from {{ ref('fct_opportunity') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

users as (
    select * from {{ ref('dim_employee') }}
),

final as (
    select
        cast(quotes.source_system || ':' || quotes.quote_id as varchar) as quote_id,
        cast(quotes.version_no as integer) as version_no,
        cast(coalesce(opportunities.opportunity_id, 'unknown') as varchar) as opportunity_id,
        cast(coalesce(users.employee_id, 'unknown') as varchar) as requested_by_employee_id,
        cast(quotes.opportunity_id as varchar) as opportunity_reference,
        cast(quotes.status as varchar) as status_raw,
        cast(quotes.is_standard as boolean) as is_standard,
        cast(
            quotes.version_no = max(quotes.version_no) over (partition by quotes.source_system, quotes.quote_id)
            as boolean
        ) as is_latest_version,
        cast(quotes.list_amount_fen as bigint) as list_fen,
        cast(quotes.net_amount_fen as bigint) as net_fen,
        cast(quotes.discount_rate as decimal(9, 6)) as discount_rate,
        cast(coalesce(quotes.currency, settings.currency) as varchar) as currency,
        cast(quotes.submitted_at as timestamp with time zone) as submitted_at,
        cast({{ business_date('quotes.submitted_at', 'settings.business_zone') }} as date) as submitted_on
    from quotes
    inner join settings on quotes.source_system = settings.source_system
    left join opportunities
        on
            quotes.source_system = opportunities.source_system
            and quotes.opportunity_id = opportunities.source_opportunity_id
    left join users on quotes.source_system || ':' || quotes.requested_by = users.employee_id
)

select * from final
