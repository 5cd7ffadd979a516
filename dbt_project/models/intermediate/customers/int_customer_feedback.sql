-- Grain: one row per customer that stands for itself and was asked or opened a ticket. Plan 5.3.
with

surveys as (
    select
        survivor_customer_id as customer_id,
        count(*) as survey_count,
        count(*) filter (where is_answered) as answer_count,
        max(answered_on) filter (where is_answered) as last_answered_on,
        arg_max(score, (answered_on, response_id)) filter (where is_answered) as last_score,
        arg_max(is_satisfied, (answered_on, response_id)) filter (where is_answered) as is_satisfied
    from {{ ref('fct_survey_response') }}
    where survivor_customer_id <> 'unknown'
    group by survivor_customer_id
),

tickets as (
    select
        survivor_customer_id as customer_id,
        count(*) as ticket_count,
        count(*) filter (where resolved_at is null) as open_ticket_count,
        max(opened_on) as last_ticket_on
    from {{ ref('fct_ticket') }}
    where survivor_customer_id <> 'unknown'
    group by survivor_customer_id
),

final as (
    select
        customer_id,
        coalesce(surveys.survey_count, 0) as survey_count,
        coalesce(surveys.answer_count, 0) as answer_count,
        surveys.last_answered_on,
        surveys.last_score,
        surveys.is_satisfied,
        coalesce(tickets.ticket_count, 0) as ticket_count,
        coalesce(tickets.open_ticket_count, 0) as open_ticket_count,
        tickets.last_ticket_on
    from surveys
    full outer join tickets using (customer_id)
)

select * from final
