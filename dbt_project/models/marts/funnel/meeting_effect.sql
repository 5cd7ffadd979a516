-- Grain: one row per stage of the ladder before the signature, and `all` for whole deals.
-- How much more often deals that met in the first days of a stage moved on than those that did not, and closed deals
-- that met by their close were won than those that did not; with a 95 % interval (Newcombe, from two Wilson
-- intervals). An association, not a cause: a rep meets the customers that are worth it, and a deal that lives on has
-- more time to meet. Only first days and deals that lie within the days whose meetings are known are judged. Where no
-- meeting is tied to a deal, or the interval holds zero, the effect is none.
with

exposures as (
    select * from {{ ref('int_meeting_exposure') }}
),

stages as (
    select stage.* from {{ ref('stage') }} as stage
    cross join {{ ref('int_signing_stage') }} as signing
    where stage.stage_order < signing.stage_order
    union all by name
    select
        'all' as stage_code,
        null as stage_order
),

meeting_coverage as (
    select * from {{ ref('int_meeting_coverage') }}
),

first_meetings as (
    select opportunity_id, min(started_on) as first_met_on from {{ ref('fct_meeting_link') }}
    where not coalesce(is_no_show, false)
    group by opportunity_id
),

-- Whom a deal met after its close had no part in it.
closed_deals as (
    select
        deals.opportunity_id,
        'all' as stage_code,
        coalesce(first_meetings.first_met_on <= deals.closed_on, false) as is_exposed,
        deals.outcome = 'won' as has_moved_on
    from {{ ref('int_deal') }} as deals
    inner join meeting_coverage
        on deals.created_on >= meeting_coverage.covered_from and deals.closed_on <= meeting_coverage.data_through
    left join first_meetings on deals.opportunity_id = first_meetings.opportunity_id
    where deals.outcome <> 'open'
),

judged as (
    select opportunity_id, stage_code, is_exposed, has_moved_on from exposures
    union all
    select opportunity_id, stage_code, is_exposed, has_moved_on from closed_deals
),

counted as (
    select
        stages.stage_code,
        stages.stage_order,
        count(*) filter (where judged.is_exposed) as met_count,
        count(*) filter (where judged.is_exposed and judged.has_moved_on) as met_moved_count,
        count(*) filter (where not judged.is_exposed) as unmet_count,
        count(*) filter (where not judged.is_exposed and judged.has_moved_on) as unmet_moved_count
    from stages
    left join judged on stages.stage_code = judged.stage_code
    group by stages.stage_code, stages.stage_order
),

bounded as (
    select
        *,
        {{ wilson_bound('met_moved_count', 'met_count', -1) }} as met_low,
        {{ wilson_bound('met_moved_count', 'met_count', 1) }} as met_high,
        {{ wilson_bound('unmet_moved_count', 'unmet_count', -1) }} as unmet_low,
        {{ wilson_bound('unmet_moved_count', 'unmet_count', 1) }} as unmet_high,
        cast(met_moved_count as double) / nullif(met_count, 0) as met_rate,
        cast(unmet_moved_count as double) / nullif(unmet_count, 0) as unmet_rate
    from counted
),

differences as (
    select
        *,
        met_rate - unmet_rate as difference,
        met_rate - unmet_rate - sqrt(pow(met_rate - met_low, 2) + pow(unmet_high - unmet_rate, 2)) as difference_low,
        met_rate - unmet_rate + sqrt(pow(met_high - met_rate, 2) + pow(unmet_rate - unmet_low, 2)) as difference_high
    from bounded
),

final as (
    select
        cast(stage_code as varchar) as stage_code,
        cast(stage_order as integer) as stage_order,
        cast(met_count as bigint) as met_count,
        cast(met_moved_count as bigint) as met_moved_count,
        cast(unmet_count as bigint) as unmet_count,
        cast(unmet_moved_count as bigint) as unmet_moved_count,
        cast(round(difference, 6) as decimal(9, 6)) as rate_difference,
        cast(round(difference_low, 6) as decimal(9, 6)) as difference_low,
        cast(round(difference_high, 6) as decimal(9, 6)) as difference_high,
        cast(
            case when difference_low > 0 then 'positive' when difference_high < 0 then 'negative' else 'none' end
            as varchar
        ) as association,
        cast(
            case
                when met_count = 0 then 'no meeting is tied to a deal in this stage'
                when unmet_count = 0 then 'every deal met'
                when difference_low > 0 or difference_high < 0 then 'the interval does not hold zero'
                else 'the interval holds zero'
            end as varchar
        ) as reason
    from differences
)

select * from final
