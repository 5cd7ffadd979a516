-- Grain: one row per metric, quarter, currency and scope.
-- Coverage is what is open and due / what of the target is not won yet, at the end of the quarter or of the covered
-- days; only where the company sells in one currency, the CRM has a target for it and something of it is left. Slipped
-- deals were expected in the quarter and are undecided at its end; a running quarter has not slipped yet. Plan 6.2
-- (E15, E16).
with

deals as (
    select * from {{ ref('int_pipeline_quarter_deal') }}
),

settings as (
    select source_system, currency from {{ ref('int_source_setting') }}
    where source = 'crm'
),

targets as (
    select
        stg_crm__target.period_start,
        settings.currency,
        {{ to_fen('arg_max(stg_crm__target.target_value, stg_crm__target.version)') }} as target_fen
    from {{ ref('stg_crm__target') }} as stg_crm__target
    inner join settings on stg_crm__target.source_system = settings.source_system
    where
        stg_crm__target.metric_code = 'sales_revenue' and stg_crm__target.period_type = 'quarter'
        and stg_crm__target.scope_type = 'company' and not stg_crm__target.is_deleted
    group by stg_crm__target.period_start, settings.currency
),

company as (
    select
        period_start,
        currency,
        sum(still_open_fen) as open_fen,
        sum(won_fen) as won_fen
    from deals
    group by period_start, currency
    -- Coverage in one currency says nothing of a company that sells in two, whatever has a target.
    qualify count(*) over (partition by period_start) = 1
),

scopes as (
    select unnest(['company', 'region', 'region_as_is']) as scope_type
),

slipped as (
    select
        deals.period_start,
        scopes.scope_type,
        case scopes.scope_type
            when 'company' then 'company'
            when 'region' then deals.region_at_start
            else deals.region_now
        end as scope_id,
        count(*) filter (where deals.is_slipped) as slipped_count,
        count(*) filter (where deals.is_expected) as due_count
    from deals
    cross join scopes
    where {{ kpi_period_end("'quarter'", 'deals.period_start', 'deals.covered_to') }} <= deals.covered_to
    group by all
),

final as (
    select
        'pipeline_coverage' as metric_code, 'quarter' as period_type, company.period_start, 'company' as scope_type,
        'company' as scope_id, null as currency, company.open_fen as numerator,
        targets.target_fen - company.won_fen as denominator
    from company
    inner join targets
        on
            company.period_start = targets.period_start
            and company.currency = targets.currency
    where targets.target_fen > company.won_fen
    union all
    select
        'slip_rate' as metric_code, 'quarter' as period_type, period_start, scope_type, scope_id, null as currency,
        slipped_count as numerator, due_count as denominator
    from slipped
    where due_count > 0
)

select * from final
