-- Grain: one row per customer that stands for itself and was recommended by another.
-- Rule: the lead that became the customer names who recommended it (the earliest such lead), or the account's source
-- says that somebody did; then the one who did is not known. A lead of an account that existed before it wins no new
-- customer, so it is no referral. Plan 5.2 (C20).
with

leads as (
    select * from {{ ref('stg_crm__lead') }}
    where not is_deleted and is_converted
),

customers as (
    select * from {{ ref('dim_customer') }}
),

referral_sources as (
    select * from {{ ref('referral_source') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

named as (
    select
        referred.survivor_customer_id as customer_id,
        referrers.survivor_customer_id as referrer_customer_id,
        {{ business_date('leads.created_at', 'settings.business_zone') }} as referred_on,
        leads.lead_id
    from leads
    inner join settings on leads.source_system = settings.source_system
    inner join customers as referred
        on leads.source_system || ':' || leads.converted_account_id = referred.customer_id
    left join customers as referrers
        on leads.source_system || ':' || leads.referrer_account_id = referrers.customer_id
    left join referral_sources on lower(leads.source_channel) = referral_sources.source_code
    where
        (leads.referrer_account_id is not null or referral_sources.source_code is not null)
        and {{ business_date('leads.created_at', 'settings.business_zone') }} <= referred.created_on
),

told as (
    select
        customers.survivor_customer_id as customer_id,
        cast(null as varchar) as referrer_customer_id,
        customers.created_on as referred_on,
        cast(null as varchar) as lead_id
    from customers
    inner join referral_sources on lower(customers.account_source) = referral_sources.source_code
    where customers.customer_origin = 'crm'
),

united as (
    select * from named
    where referrer_customer_id is distinct from customer_id
    union all
    select * from told
),

ranked as (
    select
        *,
        row_number() over (
            partition by customer_id
            order by referred_on asc nulls last, referrer_customer_id asc nulls last, lead_id asc nulls last
        ) as referral_no
    from united
),

final as (
    select
        customer_id,
        referrer_customer_id,
        referred_on
    from ranked
    where referral_no = 1
)

select * from final
