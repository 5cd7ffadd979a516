-- Grain: one row per customer that stands for itself and has done anything: touches, opened mails, visits of the
-- shop. The last year of each counts back from the last day that its own source covers. Plan 5.3.
with

customers as (
    select customer_id, survivor_customer_id from {{ ref('dim_customer') }}
    where customer_id <> 'unknown'
),

events as (
    select customer_id, 'crm' as source, touch_kind as kind, touched_on as happened_on
    from {{ ref('int_customer_touch') }}
    union all
    select customer_id, 'ecommerce' as source, 'mail_open' as kind, opened_on as happened_on
    from {{ ref('int_customer_mail_open') }}
    union all
    select customer_id, 'ecommerce' as source, 'visit' as kind, started_on as happened_on
    from {{ ref('fct_web_visit') }}
    where customer_id <> 'unknown'
),

coverage as (
    select * from {{ ref('int_source_coverage') }}
),

rules as (
    select * from {{ ref('int_customer_rule') }}
),

dated as (
    select
        customers.survivor_customer_id as customer_id,
        events.kind,
        events.happened_on,
        events.happened_on >= coverage.data_through + 1 - to_months(rules.value_window_months)
        and events.happened_on <= coverage.data_through as is_recent
    from events
    inner join customers on events.customer_id = customers.customer_id
    inner join coverage on events.source = coverage.source
    cross join rules
),

final as (
    select
        customer_id,
        max(happened_on) filter (where kind in ('activity', 'meeting')) as last_touch_on,
        count(*) filter (where kind = 'activity' and is_recent) as activity_count_12m,
        count(*) filter (where kind = 'meeting' and is_recent) as meeting_count_12m,
        max(happened_on) filter (where kind = 'mail_open') as last_mail_open_on,
        count(*) filter (where kind = 'mail_open' and is_recent) as mail_open_count_12m,
        max(happened_on) filter (where kind = 'visit') as last_visit_on,
        count(*) filter (where kind = 'visit' and is_recent) as visit_count_12m
    from dated
    group by customer_id
)

select * from final
