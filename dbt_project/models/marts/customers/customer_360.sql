-- Grain: one row per customer that stands for itself: accounts after merges, and shop buyers.
-- Four blocks: profile (who), trade (what was bought), behaviour (what was done together), feedback (what was said).
-- A block's completeness is filled over expected fields; a block is there if it says anything beyond the name. As of
-- the last covered day; tier and group are those of the newest complete quarter. Plan 5.3 (C26), 5.2.
with

profiles as (
    select * from {{ ref('int_customer_profile') }}
),

trades as (
    select * from {{ ref('int_customer_trade') }}
),

behaviours as (
    select * from {{ ref('int_customer_behaviour') }}
),

feedbacks as (
    select * from {{ ref('int_customer_feedback') }}
),

lifecycles as (
    select * from {{ ref('int_customer_lifecycle') }}
),

segments as (
    select * from {{ ref('int_customer_segment_latest') }}
),

places as (
    select * from {{ ref('int_customer_place') }}
),

joined as (
    select
        profiles.*,
        trades.first_order_on,
        trades.last_order_on,
        trades.order_count,
        trades.order_days,
        trades.revenue_fen,
        trades.revenue_12m_fen,
        trades.refund_fen,
        trades.overdue_fen,
        trades.currency,
        trades.has_other_currency,
        trades.product_line_count,
        behaviours.last_touch_on,
        behaviours.activity_count_12m,
        behaviours.meeting_count_12m,
        behaviours.last_mail_open_on,
        behaviours.mail_open_count_12m,
        behaviours.last_visit_on,
        behaviours.visit_count_12m,
        feedbacks.survey_count,
        feedbacks.answer_count,
        feedbacks.last_score,
        feedbacks.is_satisfied,
        feedbacks.ticket_count,
        feedbacks.open_ticket_count,
        feedbacks.last_ticket_on,
        lifecycles.lifecycle_stage,
        lifecycles.has_lapsed,
        lifecycles.referred_count,
        segments.value_tier,
        segments.potential,
        segments.loyalty,
        segments.segment_code,
        segments.is_churn_risk,
        places.place as revenue_place,
        coalesce(places.is_top, false) as is_top_customer,
        coalesce(segments.is_key_account, false) as is_key_account
    from profiles
    inner join lifecycles on profiles.customer_id = lifecycles.customer_id
    left join trades on profiles.customer_id = trades.customer_id
    left join behaviours on profiles.customer_id = behaviours.customer_id
    left join feedbacks on profiles.customer_id = feedbacks.customer_id
    left join segments on profiles.customer_id = segments.customer_id
    left join places on profiles.customer_id = places.customer_id
),

measured as (
    select
        *,
        cast(industry is not null as integer) + cast(province is not null or country is not null as integer)
        + cast(annual_revenue_fen is not null as integer) + cast(employee_count is not null as integer)
        + cast(owner_employee_id <> 'unknown' as integer) + cast(contact_count > 0 as integer) as profile_filled,
        cast(first_order_on is not null as integer) + cast(revenue_fen is not null as integer)
        + cast(coalesce(product_line_count, 0) > 0 as integer) as trade_filled,
        cast(last_touch_on is not null as integer) + cast(last_mail_open_on is not null as integer)
        + cast(last_visit_on is not null as integer) as behaviour_filled,
        cast(coalesce(answer_count, 0) > 0 as integer)
        + cast(coalesce(ticket_count, 0) > 0 as integer) as feedback_filled
    from joined
),

final as (
    select
        cast(customer_id as varchar) as customer_id,
        cast(customer_origin as varchar) as customer_origin,
        cast(customer_name as varchar) as customer_name,
        cast(credit_code as varchar) as credit_code,
        cast(industry as varchar) as industry,
        cast(country as varchar) as country,
        cast(province as varchar) as province,
        cast(city as varchar) as city,
        cast(annual_revenue_fen as bigint) as annual_revenue_fen,
        cast(employee_count as integer) as employee_count,
        cast(owner_employee_id as varchar) as owner_employee_id,
        cast(csm_reference as varchar) as csm_reference,
        cast(account_source as varchar) as account_source,
        cast(record_count as bigint) as record_count,
        cast(contact_count as bigint) as contact_count,
        cast(wecom_contact_count as bigint) as wecom_contact_count,
        cast(wecom_follower_count as bigint) as wecom_follower_count,
        cast(created_on as date) as created_on,
        cast(is_deleted as boolean) as is_deleted,
        cast(lifecycle_stage as varchar) as lifecycle_stage,
        cast(has_lapsed as boolean) as has_lapsed,
        cast(referred_count as bigint) as referred_count,
        cast(value_tier as varchar) as value_tier,
        cast(potential as varchar) as potential,
        cast(loyalty as varchar) as loyalty,
        cast(segment_code as varchar) as segment_code,
        cast(is_churn_risk as boolean) as is_churn_risk,
        cast(is_key_account as boolean) as is_key_account,
        cast(is_top_customer as boolean) as is_top_customer,
        cast(revenue_place as bigint) as revenue_place,
        cast(first_order_on as date) as first_order_on,
        cast(last_order_on as date) as last_order_on,
        cast(coalesce(order_count, 0) as bigint) as order_count,
        cast(coalesce(order_days, 0) as bigint) as order_days,
        cast(revenue_fen as bigint) as revenue_fen,
        cast(revenue_12m_fen as bigint) as revenue_12m_fen,
        cast(refund_fen as bigint) as refund_fen,
        cast(overdue_fen as bigint) as overdue_fen,
        cast(currency as varchar) as currency,
        cast(coalesce(has_other_currency, false) as boolean) as has_other_currency,
        cast(coalesce(product_line_count, 0) as bigint) as product_line_count,
        cast(last_touch_on as date) as last_touch_on,
        cast(coalesce(activity_count_12m, 0) as bigint) as activity_count_12m,
        cast(coalesce(meeting_count_12m, 0) as bigint) as meeting_count_12m,
        cast(last_mail_open_on as date) as last_mail_open_on,
        cast(coalesce(mail_open_count_12m, 0) as bigint) as mail_open_count_12m,
        cast(last_visit_on as date) as last_visit_on,
        cast(coalesce(visit_count_12m, 0) as bigint) as visit_count_12m,
        cast(coalesce(survey_count, 0) as bigint) as survey_count,
        cast(coalesce(answer_count, 0) as bigint) as answer_count,
        cast(last_score as decimal(18, 4)) as last_score,
        cast(is_satisfied as boolean) as is_satisfied,
        cast(coalesce(ticket_count, 0) as bigint) as ticket_count,
        cast(coalesce(open_ticket_count, 0) as bigint) as open_ticket_count,
        cast(last_ticket_on as date) as last_ticket_on,
        cast(profile_filled as integer) as profile_filled,
        cast(6 as integer) as profile_fields,
        cast(trade_filled as integer) as trade_filled,
        cast(3 as integer) as trade_fields,
        cast(behaviour_filled as integer) as behaviour_filled,
        cast(3 as integer) as behaviour_fields,
        cast(feedback_filled as integer) as feedback_filled,
        cast(2 as integer) as feedback_fields,
        cast(
            profile_filled > 0 and trade_filled > 0 and behaviour_filled > 0 and feedback_filled > 0 as boolean
        ) as has_all_blocks
    from measured
)

select * from final
