-- Grain: one row per metric, period, scope and currency, over campaigns that went out in the period.
-- The spend that can be attributed to leads is the cost of campaigns: a lead names the campaign that brought it, an
-- expense does not say what it was for. All leads of a campaign count in the period in which it went out, whenever they
-- came; a campaign that brought none costs, too. Without a known cost, with an id that two tools use, or from outside
-- of the days whose leads are known, a campaign counts on neither side. Plan 3.3, 7.3 (E7).
with

campaigns as (
    select
        *,
        count(*) over (partition by source_campaign_id) as same_id_count
    from {{ ref('dim_campaign') }}
),

coverage as (
    select data_through as leads_to
    from {{ ref('int_source_coverage') }}
    where source = 'crm'
),

leads as (
    select
        campaign_reference,
        count(*) as lead_count,
        count(*) filter (where is_valid) as valid_count
    from {{ ref('fct_lead') }}
    where campaign_reference is not null
    group by campaign_reference
),

definition as (
    select * from {{ ref('int_funnel_definition') }}
),

lead_span as (
    select min(created_on) as leads_from from {{ ref('fct_lead') }}
),

spent as (
    select
        campaigns.sent_on,
        campaigns.channel,
        campaigns.cost_fen,
        campaigns.currency,
        definition.window_days,
        lead_span.leads_from,
        coalesce(leads.lead_count, 0) as lead_count,
        coalesce(leads.valid_count, 0) as valid_count
    from campaigns
    cross join coverage
    cross join lead_span
    inner join definition
        on campaigns.sent_on >= definition.valid_from and campaigns.sent_on < definition.governs_to
    left join leads on campaigns.source_campaign_id = leads.campaign_reference
    where
        not campaigns.is_deleted
        and campaigns.same_id_count = 1
        and campaigns.cost_fen is not null
        and campaigns.sent_on between lead_span.leads_from and coverage.leads_to
),

scopes as (
    select unnest(['company', 'campaign_channel']) as scope_type
),

scoped as (
    select
        spent.*,
        periods.period_type,
        {{ kpi_period_start('periods.period_type', 'spent.sent_on', 'spent.sent_on') }} as period_start,
        scopes.scope_type,
        case scopes.scope_type when 'company' then 'company' else coalesce(spent.channel, 'unknown') end as scope_id
    from spent
    cross join {{ kpi_calendar_types() }} as periods
    cross join scopes
),

summed as (
    select
        period_type,
        period_start,
        scope_type,
        scope_id,
        currency,
        leads_from as covered_from,
        max(window_days) as maturity_days,
        sum(cost_fen) as cost_fen,
        sum(lead_count) as lead_count,
        sum(valid_count) as valid_count
    from scoped
    group by all
),

final as (
    select
        'cost_per_lead' as metric_code, period_type, period_start, scope_type, scope_id, currency,
        cost_fen as numerator, lead_count as denominator, covered_from, maturity_days
    from summed
    where lead_count > 0
    union all
    select
        'cost_per_valid_lead' as metric_code, period_type, period_start, scope_type, scope_id, currency,
        cost_fen as numerator, valid_count as denominator, covered_from, maturity_days
    from summed
    where valid_count > 0
)

select * from final
