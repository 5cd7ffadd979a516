-- Grain: one row per customer that stands for itself and was recommended by another.
-- Rule: the lead that became the customer names who recommended it (the earliest such lead), or the source of its
-- oldest account says that somebody did; then the one who did is not known. Who was known before, by any of the records
-- that are one customer today, or had ordered before, is not won by it: that is no referral. Plan 5.2 (C20).
with

leads as (
    select * from {{ ref('stg_crm__lead') }}
    where not is_deleted and is_converted
),

customers as (
    select * from {{ ref('dim_customer') }}
),

known as (
    select survivor_customer_id as customer_id, min(created_on) as known_since
    from customers
    group by survivor_customer_id
),

orders as (
    select customer_id, first_order_on from {{ ref('int_customer_first_order') }}
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
        known.known_since,
        leads.lead_id
    from leads
    inner join settings on leads.source_system = settings.source_system
    inner join customers as referred
        on leads.source_system || ':' || leads.converted_account_id = referred.customer_id
    inner join known on referred.survivor_customer_id = known.customer_id
    left join customers as referrers
        on leads.source_system || ':' || leads.referrer_account_id = referrers.customer_id
    left join referral_sources on lower(leads.source_channel) = referral_sources.source_code
    where
        (leads.referrer_account_id is not null or referral_sources.source_code is not null)
        and {{ business_date('leads.created_at', 'settings.business_zone') }} <= known.known_since
),

told as (
    select
        customers.survivor_customer_id as customer_id,
        cast(null as varchar) as referrer_customer_id,
        customers.created_on as referred_on,
        known.known_since,
        cast(null as varchar) as lead_id
    from customers
    inner join known on customers.survivor_customer_id = known.customer_id
    inner join referral_sources on lower(customers.account_source) = referral_sources.source_code
    where customers.customer_origin = 'crm' and customers.created_on is not distinct from known.known_since
),

united as (
    select * from named
    where referrer_customer_id is distinct from customer_id
    union all
    select * from told
),

ranked as (
    select
        united.*,
        row_number() over (
            partition by united.customer_id
            order by
                united.referred_on asc nulls last,
                united.referrer_customer_id asc nulls last,
                united.lead_id asc nulls last
        ) as referral_no
    from united
    left join orders on united.customer_id = orders.customer_id
    where coalesce(united.referred_on <= orders.first_order_on, true)
),

final as (
    select
        customer_id,
        referrer_customer_id,
        referred_on,
        known_since
    from ranked
    where referral_no = 1
)

select * from final
