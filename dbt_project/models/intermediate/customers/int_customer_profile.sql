-- Grain: one row per customer that stands for itself: who it is. What the record itself lacks comes from the records
-- that were merged into it, the oldest first. Contacts are counted once, whichever record holds them. Plan 5.3.
with

customers as (
    select * from {{ ref('dim_customer') }}
    where customer_id <> 'unknown'
),

placeholders as (
    select unnest(['', '-', '未知', '待补充', 'n/a', 'null']) as word
),

cleaned as (
    select
        customers.* exclude (industry),
        case when placeholders.word is null then customers.industry end as industry
    from customers
    left join placeholders on lower(trim(customers.industry)) = placeholders.word
),

contacts as (
    select
        customers.survivor_customer_id as customer_id,
        count(*) as contact_count,
        count(contacts.wecom_external_userid) as wecom_contact_count
    from {{ ref('stg_crm__contact') }} as contacts
    inner join customers on contacts.source_system || ':' || contacts.account_id = customers.customer_id
    where not contacts.is_deleted
    group by all
),

followers as (
    select
        customers.survivor_customer_id as customer_id,
        count(distinct wecom.follow_userid) as wecom_follower_count
    from {{ ref('int_customer_wecom_follower') }} as wecom
    inner join customers on wecom.customer_id = customers.customer_id
    group by all
),

merged as (
    select
        survivor_customer_id as customer_id,
        min(customer_origin) as customer_origin,
        count(*) as record_count,
        arg_min(customer_name, (not is_survivor, created_on, customer_id)) filter (where customer_name is not null)
            as customer_name,
        arg_min(credit_code, (not is_survivor, created_on, customer_id)) filter (where credit_code is not null)
            as credit_code,
        arg_min(industry, (not is_survivor, created_on, customer_id)) filter (where industry is not null)
            as industry,
        arg_min(country, (not is_survivor, created_on, customer_id)) filter (where country is not null) as country,
        arg_min(province, (not is_survivor, created_on, customer_id)) filter (where province is not null)
            as province,
        arg_min(city, (not is_survivor, created_on, customer_id)) filter (where city is not null) as city,
        arg_min(annual_revenue_fen, (not is_survivor, created_on, customer_id)) filter (
            where annual_revenue_fen is not null
        ) as annual_revenue_fen,
        arg_min(employee_count, (not is_survivor, created_on, customer_id)) filter (
            where employee_count is not null
        ) as employee_count,
        arg_min(source_system || ':' || owner_reference, (not is_survivor, created_on, customer_id)) filter (
            where owner_reference is not null
        ) as owner_key,
        arg_min(csm_reference, (not is_survivor, created_on, customer_id)) filter (where csm_reference is not null)
            as csm_reference,
        arg_min(source_system || ':' || csm_reference, (not is_survivor, created_on, customer_id)) filter (
            where csm_reference is not null
        ) as csm_employee_id,
        arg_min(account_source, (not is_survivor, created_on, customer_id)) filter (
            where account_source is not null
        ) as account_source,
        min(created_on) as created_on,
        bool_and(is_deleted) as is_deleted
    from cleaned
    group by survivor_customer_id
),

final as (
    select
        merged.*,
        coalesce(employees.employee_id, 'unknown') as owner_employee_id,
        coalesce(contacts.contact_count, 0) as contact_count,
        coalesce(contacts.wecom_contact_count, 0) as wecom_contact_count,
        coalesce(followers.wecom_follower_count, 0) as wecom_follower_count
    from merged
    left join {{ ref('dim_employee') }} as employees on merged.owner_key = employees.employee_id
    left join contacts on merged.customer_id = contacts.customer_id
    left join followers on merged.customer_id = followers.customer_id
)

select * from final
