-- Grain: one row per metric, period and scope, over leads that came in in the period (cohort by entry).
-- Converted is a lead that is won within the window of its own entry. Both denominators are published: all leads (it
-- governs) and the valid ones; a lead counts as valid until it was judged invalid. A conversion is final only once the
-- window of every lead of the period is over, the invalid share once all are judged or as old. A period that begins
-- before the first lead is known in part. Growth is over the quarter before, which must be known from its start, and
-- needs leads in both: regions are dissolved and founded. Plan 2.1, 2.3, 5.3, 7.1 (E1 to E6).
with

leads as (
    select * from {{ ref('fct_lead') }}
),

definition as (
    select * from {{ ref('int_funnel_definition') }}
),

scopes as (
    select unnest(['company', 'source', 'source_group', 'industry', 'region', 'employee']) as scope_type
),

lead_span as (
    select min(created_on) as first_lead_on from leads
),

judged as (
    select
        leads.*,
        definition.window_days,
        coalesce(
            leads.signed_at >= leads.created_at
            and leads.signed_at < leads.created_at + to_days(definition.window_days), false
        ) as is_won_in_window
    from leads
    inner join definition
        on leads.created_on >= definition.valid_from and leads.created_on < definition.governs_to
),

scoped as (
    select
        judged.is_valid,
        judged.is_judged,
        judged.is_won_in_window,
        judged.source_group,
        judged.window_days,
        periods.period_type,
        {{ kpi_period_start('periods.period_type', 'judged.created_on', 'judged.created_on') }} as period_start,
        scopes.scope_type,
        case scopes.scope_type
            when 'company' then 'company'
            when 'source' then judged.source_channel
            when 'source_group' then judged.source_group
            when 'industry' then judged.industry
            when 'region' then judged.region_id
            when 'employee' then judged.owner_employee_id
        end as scope_id
    from judged
    cross join {{ kpi_calendar_types() }} as periods
    cross join scopes
),

counted as (
    select
        period_type,
        period_start,
        scope_type,
        scope_id,
        max(window_days) as window_days,
        count(*) as lead_count,
        count(*) filter (where is_valid) as valid_count,
        count(*) filter (where not is_judged) as unjudged_count,
        count(*) filter (where is_won_in_window) as won_count,
        count(*) filter (where is_won_in_window and is_valid) as valid_won_count,
        count(*) filter (where source_group = 'marketing') as marketing_count,
        count(*) filter (where source_group = 'marketing' and is_won_in_window) as marketing_won_count
    from scoped
    group by all
),

shares as (
    select
        grouped.*,
        company.lead_count as all_count
    from counted as grouped
    inner join counted as company
        on
            grouped.period_type = company.period_type
            and grouped.period_start = company.period_start
            and company.scope_type = 'company'
    where grouped.scope_type in ('source', 'source_group')
),

growth as (
    select
        current_quarter.*,
        previous.lead_count as previous_count
    from counted as current_quarter
    inner join counted as previous
        on
            current_quarter.period_type = previous.period_type
            and current_quarter.period_start = previous.period_start + interval 3 month
            and current_quarter.scope_type = previous.scope_type
            and current_quarter.scope_id = previous.scope_id
    cross join lead_span
    where
        current_quarter.period_type = 'quarter' and current_quarter.scope_type <> 'employee'
        and {{ is_known_from_start('previous.period_start', 'lead_span.first_lead_on') }}
),

metrics as (
    select
        'lead_conversion_rate' as metric_code, period_type, period_start, scope_type, scope_id,
        won_count as numerator, lead_count as denominator, window_days as maturity_days
    from counted
    union all
    select
        'valid_lead_conversion_rate' as metric_code, period_type, period_start, scope_type, scope_id,
        valid_won_count as numerator, valid_count as denominator, window_days as maturity_days
    from counted
    union all
    select
        'invalid_lead_rate' as metric_code, period_type, period_start, scope_type, scope_id,
        lead_count - valid_count as numerator, lead_count as denominator,
        case when unjudged_count > 0 then window_days end as maturity_days
    from counted
    union all
    select
        'marketing_lead_conversion' as metric_code, period_type, period_start, scope_type, scope_id,
        marketing_won_count as numerator, marketing_count as denominator, window_days as maturity_days
    from counted
    where scope_type = 'company'
    union all
    select
        'lead_source_share' as metric_code, period_type, period_start, scope_type, scope_id,
        lead_count as numerator, all_count as denominator, null as maturity_days
    from shares
    union all
    select
        'lead_volume_qoq' as metric_code, period_type, period_start, scope_type, scope_id,
        lead_count - previous_count as numerator, previous_count as denominator, null as maturity_days
    from growth
),

final as (
    select
        metrics.metric_code,
        metrics.period_type,
        metrics.period_start,
        metrics.scope_type,
        metrics.scope_id,
        null as currency,
        metrics.numerator,
        metrics.denominator,
        metrics.maturity_days,
        lead_span.first_lead_on as covered_from
    from metrics
    cross join lead_span
    where metrics.denominator > 0
)

select * from final
