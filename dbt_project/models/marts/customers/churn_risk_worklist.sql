-- Grain: one row per customer of the CRM with the plan's churn flag on the last covered day that has not lapsed: the
-- work of its owner, or of who stands in for an owner that has left (int_customer_caretaker).
-- Rule C11: an order within lapsed_after_months, but none in the last risk_silence_months and no mail opened in them.
-- The work counts from the first silent day; the owner has risk_follow_up_days for it, and a touch since then settles
-- it. Where no source of mails covers the silent months, orders decide alone (flag_basis). Plan 5.3.
with

profiles as (
    select * from {{ ref('int_customer_profile') }}
    where customer_origin = 'crm' and not is_deleted
),

trades as (
    select * from {{ ref('int_customer_trade') }}
),

behaviours as (
    select * from {{ ref('int_customer_behaviour') }}
),

segments as (
    select * from {{ ref('int_customer_segment_latest') }}
),

caretakers as (
    select * from {{ ref('int_customer_caretaker') }}
),

coverage as (
    select data_through from {{ ref('int_channel_coverage') }}
    where order_channel = 'contract'
),

rules as (
    select * from {{ ref('int_customer_rule') }}
),

mail_known as (
    select count(*) > 0 as is_known
    from {{ ref('int_mail_span') }} as mail_spans
    cross join coverage
    cross join rules
    where
        mail_spans.known_from <= coverage.data_through + 1 - to_months(rules.risk_silence_months)
        and mail_spans.known_to >= coverage.data_through
),

dated as (
    select
        profiles.customer_id,
        profiles.customer_name,
        caretakers.employee_id as owner_employee_id,
        caretakers.owner_has_left,
        profiles.csm_reference,
        segments.value_tier,
        segments.segment_code,
        trades.revenue_12m_fen,
        trades.revenue_fen,
        trades.currency,
        trades.last_order_on,
        behaviours.last_mail_open_on,
        behaviours.last_touch_on,
        coverage.data_through,
        mail_known.is_known as is_mail_known,
        rules.risk_follow_up_days,
        rules.lapsed_after_months,
        cast(
            greatest(
                trades.last_order_on,
                case when mail_known.is_known then behaviours.last_mail_open_on else trades.last_order_on end
            ) + to_months(rules.risk_silence_months) as date
        ) as flagged_on
    from profiles
    cross join coverage
    cross join mail_known
    cross join rules
    inner join trades on profiles.customer_id = trades.customer_id
    inner join caretakers on profiles.customer_id = caretakers.customer_id
    left join behaviours on profiles.customer_id = behaviours.customer_id
    left join segments on profiles.customer_id = segments.customer_id
    where trades.last_order_on is not null
),

flagged as (
    select
        *,
        flagged_on + risk_follow_up_days as due_on,
        coalesce(last_touch_on >= flagged_on, false) as is_contacted
    from dated
    where
        flagged_on <= data_through
        and last_order_on >= data_through + 1 - to_months(lapsed_after_months)
),

final as (
    select
        cast(customer_id as varchar) as customer_id,
        cast(customer_name as varchar) as customer_name,
        cast(owner_employee_id as varchar) as owner_employee_id,
        cast(owner_has_left as boolean) as owner_has_left,
        cast(csm_reference as varchar) as csm_reference,
        cast(row_number() over (
            partition by owner_employee_id
            order by is_contacted asc, revenue_fen desc, customer_id asc
        ) as integer) as owner_priority,
        cast(
            case
                when is_contacted then 'contacted'
                when due_on < data_through then 'overdue'
                else 'open'
            end as varchar
        ) as work_status,
        cast(flagged_on as date) as flagged_on,
        cast(due_on as date) as due_on,
        cast(last_order_on as date) as last_order_on,
        cast(last_mail_open_on as date) as last_mail_open_on,
        cast(last_touch_on as date) as last_touch_on,
        cast(case when is_mail_known then 'orders_and_mails' else 'orders_only' end as varchar) as flag_basis,
        cast(value_tier as varchar) as value_tier,
        cast(segment_code as varchar) as segment_code,
        cast(revenue_12m_fen as bigint) as revenue_12m_fen,
        cast(revenue_fen as bigint) as revenue_fen,
        cast(currency as varchar) as currency,
        cast(data_through as date) as data_through
    from flagged
)

select * from final
