-- Grain: one row per metric and period: key actions by the day the deal came in, surveys by that of its lead, orders by
-- the day of the signature.
-- Adherence is actions done in order / actions that the stages up to the furthest want. The survey is missed if a deal
-- reached the proposal and none was done by then. An order is non-standard below the share of actions that the
-- definition names. Adherence and surveys of deals on their way are final once the window of the definition is over.
-- Plan 2.3, 5.1 (E14, F15, F16).
with

actions as (
    select * from {{ ref('int_deal_action') }}
),

lead_days as (
    select
        opportunity_id,
        min(created_on) as created_on
    from {{ ref('fct_lead') }}
    where opportunity_id <> 'unknown'
    group by opportunity_id
),

deals as (
    select
        int_deal.*,
        coalesce(lead_days.created_on, int_deal.created_on) as lead_on
    from {{ ref('int_deal') }} as int_deal
    left join lead_days on int_deal.opportunity_id = lead_days.opportunity_id
),

definition as (
    select * from {{ ref('int_funnel_definition') }}
),

proposal as (
    select stage_order from {{ ref('stage') }}
    where stage_code = 'proposal'
),

proposed as (
    select
        visits.opportunity_id,
        min(visits.entered_at) as proposed_at
    from {{ ref('fct_stage_visit') }} as visits
    inner join proposal on visits.stage_order >= proposal.stage_order
    group by visits.opportunity_id
),

surveys as (
    select
        opportunity_id,
        min(done_at) as surveyed_at
    from {{ ref('fct_stage_action') }}
    where action_code = 'needs_survey' and is_done
    group by opportunity_id
),

deal_actions as (
    select
        opportunity_id,
        count(*) as wanted_count,
        count(*) filter (where is_done_in_order) as done_count
    from actions
    group by opportunity_id
),

judged as (
    select
        deals.created_on,
        deals.lead_on,
        deals.closed_on,
        deals.outcome,
        definition.window_days,
        deal_actions.wanted_count,
        deal_actions.done_count,
        deals.reached_stage_order >= proposal.stage_order as has_proposal,
        surveys.opportunity_id is null
        or coalesce(surveys.surveyed_at > proposed.proposed_at, false) as is_survey_missed,
        deal_actions.done_count * 10000 < deal_actions.wanted_count * definition.nonstandard_below_bp
            as is_nonstandard
    from deals
    inner join deal_actions on deals.opportunity_id = deal_actions.opportunity_id
    inner join definition
        on deals.lead_on >= definition.valid_from and deals.lead_on < definition.governs_to
    cross join proposal
    left join proposed on deals.opportunity_id = proposed.opportunity_id
    left join surveys on deals.opportunity_id = surveys.opportunity_id
),

dated as (
    select
        'process' as subject, created_on as happened_on, done_count as part, wanted_count as whole,
        window_days as maturity_days
    from judged
    union all
    select
        'survey' as subject, lead_on as happened_on, cast(is_survey_missed as integer) as part, 1 as whole,
        window_days as maturity_days
    from judged
    where has_proposal
    union all
    select
        'order' as subject, closed_on as happened_on, cast(is_nonstandard as integer) as part, 1 as whole,
        null as maturity_days
    from judged
    where outcome = 'won'
),

summed as (
    select
        dated.subject,
        periods.period_type,
        {{ kpi_period_start('periods.period_type', 'dated.happened_on', 'dated.happened_on') }} as period_start,
        sum(dated.part) as numerator,
        sum(dated.whole) as denominator,
        max(dated.maturity_days) as maturity_days
    from dated
    cross join {{ kpi_calendar_types() }} as periods
    where dated.happened_on is not null
    group by all
),

metrics as (
    select 'process_adherence_rate' as metric_code, * from summed
    where subject = 'process'
    union all
    select 'needs_survey_skip_rate' as metric_code, * from summed
    where subject = 'survey'
    union all
    select 'nonstandard_order_rate' as metric_code, * from summed
    where subject = 'order'
),

final as (
    select
        metric_code,
        period_type,
        period_start,
        'company' as scope_type,
        'company' as scope_id,
        null as currency,
        numerator,
        denominator,
        maturity_days
    from metrics
)

select * from final
