-- Grain: one row per opportunity that is not deleted.
-- Rule: a deal with what it is counted under, how straight its way was and how long it took. The region is that of
-- its owner on the day it closed, or on the last covered day while it is open. The cycle runs from the lead (else the
-- first trace of the deal) to the signature; a lead that was entered after it says nothing. Plan 5.3, 5.7 (F1).
with

opportunities as (
    select * from {{ ref('fct_opportunity') }}
),

dimensions as (
    select * from {{ ref('int_opportunity_dimension') }}
),

paths as (
    select * from {{ ref('int_opportunity_path') }}
),

stage_times as (
    select * from {{ ref('int_opportunity_stage_time') }}
),

-- A close date says the day only, and says it of deals whose way nobody recorded.
signatures as (
    select * from {{ ref('int_deal_signature') }}
    where signed_basis <> 'close_date'
),

first_entries as (
    select
        source_system,
        opportunity_id,
        min(first_entered_at) as first_entered_at
    from stage_times
    group by source_system, opportunity_id
),

final as (
    select
        opportunities.opportunity_id,
        opportunities.source_system,
        opportunities.source_opportunity_id,
        opportunities.owner_employee_id,
        opportunities.product_id,
        opportunities.outcome,
        opportunities.stage_code,
        opportunities.reached_stage_order,
        opportunities.amount_fen,
        opportunities.won_fen,
        opportunities.currency,
        opportunities.closed_on,
        opportunities.expected_close_on,
        dimensions.created_on,
        dimensions.source_channel,
        dimensions.source_group,
        coalesce(dimensions.campaign_id, 'none') as campaign,
        dimensions.industry,
        opportunities.region_id_as_was as region_id,
        opportunities.region_id as region_id_as_is,
        paths.opportunity_id is not null as has_history,
        coalesce(paths.skipped_stage_count, 0) as skipped_stage_count,
        coalesce(paths.reopen_count, 0) as reopen_count,
        coalesce(paths.backward_move_count, 0) as backward_move_count,
        case
            when signatures.signed_at >= coalesce(dimensions.lead_created_at, first_entries.first_entered_at)
                then
                    date_diff(
                        'second',
                        coalesce(dimensions.lead_created_at, first_entries.first_entered_at),
                        signatures.signed_at
                    )
        end as cycle_seconds
    from opportunities
    inner join dimensions
        on
            opportunities.source_system = dimensions.source_system
            and opportunities.source_opportunity_id = dimensions.opportunity_id
    left join paths
        on
            opportunities.source_system = paths.source_system
            and opportunities.source_opportunity_id = paths.opportunity_id
    left join signatures
        on
            opportunities.opportunity_id = signatures.opportunity_id
    left join first_entries
        on
            opportunities.source_system = first_entries.source_system
            and opportunities.source_opportunity_id = first_entries.opportunity_id
)

select * from final
