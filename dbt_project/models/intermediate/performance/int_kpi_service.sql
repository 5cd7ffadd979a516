-- Grain: one row per metric and period of surveys, tickets and visits of the web shop.
-- Satisfaction counts by the day of the answer, all together and by what was asked about, the response rate by the day
-- of sending. Hours run in natural time
-- from the opening of a ticket: to its first response by the day of opening, to its solution by the day of the
-- solution. A person answers what no robot closed, where the source says which. Medians cannot be added up from months,
-- so they are taken anew for each period. Plan 2.3, 2.5, 3.4, 5.3, 6.1, 6.2 (D1, D3, D5, D7, D8).
with

surveys as (
    select * from {{ ref('fct_survey_response') }}
),

tickets as (
    select * from {{ ref('fct_ticket') }}
),

visits as (
    select * from {{ ref('fct_web_visit') }}
),

periods as (
    select unnest(['month', 'quarter', 'year']) as period_type
),

answers as (
    select
        unnest(['company', 'survey_scope']) as scope_type,
        unnest(['company', coalesce(surveys.survey_scope, 'unknown')]) as scope_id,
        periods.period_type,
        {{ kpi_period_start('periods.period_type', 'surveys.answered_on', 'surveys.answered_on') }} as period_start,
        surveys.is_satisfied
    from surveys
    cross join periods
    where surveys.is_answered and surveys.is_satisfied is not null
),

sent as (
    select
        periods.period_type,
        {{ kpi_period_start('periods.period_type', 'surveys.sent_on', 'surveys.sent_on') }} as period_start,
        surveys.is_answered
    from surveys
    cross join periods
    where surveys.sent_on is not null
),

opened as (
    select
        periods.period_type,
        {{ kpi_period_start('periods.period_type', 'tickets.opened_on', 'tickets.opened_on') }} as period_start,
        sum(tickets.response_seconds) as seconds,
        count(*) as ticket_count,
        median(tickets.response_seconds) filter (where not tickets.is_by_bot) as human_median_seconds
    from tickets
    cross join periods
    where tickets.response_seconds is not null
    group by all
),

resolved as (
    select
        periods.period_type,
        {{ kpi_period_start('periods.period_type', 'tickets.resolved_on', 'tickets.resolved_on') }} as period_start,
        median(tickets.resolution_seconds) as median_seconds
    from tickets
    cross join periods
    where tickets.resolution_seconds is not null
    group by all
),

visited as (
    select
        periods.period_type,
        {{ kpi_period_start('periods.period_type', 'visits.started_on', 'visits.started_on') }} as period_start,
        visits.has_paid,
        visits.is_social
    from visits
    cross join periods
),

metrics as (
    select
        'customer_satisfaction' as metric_code, 'service' as source, period_type, period_start, scope_type, scope_id,
        cast(count(*) filter (where is_satisfied) as decimal(38, 4)) as numerator, count(*) as denominator
    from answers
    group by all
    union all by name
    select
        'survey_response_rate' as metric_code, 'service' as source, period_type, period_start,
        count(*) filter (where is_answered) as numerator, count(*) as denominator
    from sent
    group by all
    union all by name
    select
        'customer_response_hours' as metric_code, 'service' as source, period_type, period_start,
        cast({{ divide_half_up('seconds * 10000', var('seconds_per_hour')) }} as decimal(38, 0)) * 0.0001 as numerator,
        ticket_count as denominator
    from opened
    union all by name
    select
        'human_first_response_time' as metric_code, 'service' as source, period_type, period_start,
        cast(human_median_seconds as decimal(38, 4)) as numerator, {{ var('seconds_per_hour') }} as denominator
    from opened
    where human_median_seconds is not null
    union all by name
    select
        'issue_resolution_time' as metric_code, 'service' as source, period_type, period_start,
        cast(median_seconds as decimal(38, 4)) as numerator, {{ var('seconds_per_hour') }} as denominator
    from resolved
    union all by name
    select
        'website_conversion' as metric_code, 'ecommerce' as source, period_type, period_start,
        count(*) filter (where has_paid) as numerator, count(*) as denominator
    from visited
    group by all
    union all by name
    select
        'social_traffic_share' as metric_code, 'ecommerce' as source, period_type, period_start,
        count(*) filter (where is_social) as numerator, count(*) as denominator
    from visited
    group by all
),

final as (
    select
        metric_code,
        period_type,
        period_start,
        coalesce(scope_type, 'company') as scope_type,
        coalesce(scope_id, 'company') as scope_id,
        null as currency,
        numerator,
        denominator,
        source
    from metrics
)

select * from final
