-- Grain: one row per metric, quarter, currency and scope.
-- Coverage is what is open and due / what of the target is not won yet, at the end of the quarter or of the covered
-- days; only where the CRM has a target for the company and something of it is left. Slipped deals were due in the
-- quarter and are undecided at its end; a running quarter has not slipped yet. Plan 6.2 (E15, E16).
with

owners as (
    select
        *,
        cast(period_start + interval 3 month - interval 1 day as date) as quarter_end
    from {{ ref('pipeline_coverage') }}
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
        sum(due_open_at_end_fen) as open_fen,
        sum(won_fen) as won_fen
    from owners
    group by period_start, currency
),

slipped as (
    select
        period_start,
        'company' as scope_type,
        'company' as scope_id,
        sum(slipped_count) as slipped_count,
        sum(due_count) as due_count
    from owners
    where covered_to = quarter_end
    group by period_start
    union all
    select
        period_start,
        'region' as scope_type,
        region_id as scope_id,
        sum(slipped_count) as slipped_count,
        sum(due_count) as due_count
    from owners
    where covered_to = quarter_end
    group by period_start, region_id
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
    -- Coverage in one currency says nothing of a company that sells in two.
    qualify count(*) over (partition by company.period_start) = 1
    union all
    select
        'slip_rate' as metric_code, 'quarter' as period_type, period_start, scope_type, scope_id, null as currency,
        slipped_count as numerator, due_count as denominator
    from slipped
    where due_count > 0
)

select * from final
