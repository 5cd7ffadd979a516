-- Grain: one row per month in which the deals closed, outcome, stage and scope; closed deals only.
-- Sums of seconds and numbers of deals, so that any mean can be made; the median is one of this row's deals only. The
-- time that a deal was lost before it was reopened counts nowhere, nor does a stage that the deal is still in.
-- Plan 5.2 (F2 to F4).
with

stage_times as (
    select * from {{ ref('int_opportunity_stage_time') }}
    where not is_current
),

deals as (
    select * from {{ ref('int_deal') }}
    where outcome <> 'open'
),

scoped as (
    select
        {{ month_start('deals.closed_on') }} as period_start,
        deals.outcome,
        stage_times.*,
        scopes.scope_type,
        {{ funnel_scope_id('scopes.scope_type', 'deals') }} as scope_id
    from stage_times
    inner join deals
        on
            stage_times.source_system = deals.source_system
            and stage_times.opportunity_id = deals.source_opportunity_id
    cross join {{ funnel_scope_types() }} as scopes
),

final as (
    select
        cast(period_start as date) as period_start,
        cast(outcome as varchar) as outcome,
        cast(stage_code as varchar) as stage_code,
        cast(scope_type as varchar) as scope_type,
        cast(scope_id as varchar) as scope_id,
        cast(min(stage_order) as integer) as stage_order,
        cast(count(*) as bigint) as deal_count,
        cast(sum(visit_count) as bigint) as visit_count,
        cast(sum(first_seconds) as bigint) as first_seconds,
        cast(sum(latest_seconds) as bigint) as latest_seconds,
        cast(sum(cumulative_seconds) as bigint) as cumulative_seconds,
        cast(quantile_disc(cumulative_seconds, 0.5) as bigint) as median_cumulative_seconds
    from scoped
    group by all
)

select * from final
