-- Grain: one row per quarter and customer that stands for itself at the end of it, with the purchase of a year and
-- its value tier; beside it the tier that the customer would have if nothing had been merged or separated in the
-- quarter.
-- Rule: purchase of the value window; a newer customer's is annualised once it has the quarters of
-- new_customer_quarters, counted from the earlier of the account and the first order. Bounds are half-open [low,
-- high). Plan 5.2, 5.6, 5.7.
with

records as (
    select * from {{ ref('int_customer_quarter_record') }}
),

customers as (
    select customer_id, created_on from {{ ref('dim_customer') }}
),

quarters as (
    select * from {{ ref('int_segment_quarter') }}
),

rules as (
    select * from {{ ref('int_customer_rule') }}
),

tiers as (
    select * from {{ ref('int_value_tier') }}
    where currency = '{{ var("default_currency") }}'
),

-- Twice the same: by who stands for whom now, and by who did a quarter ago.
grouped as (
    select records.*, records.survivor_then as survivor_id, 'actual' as basis from records
    union all
    select records.*, records.survivor_before as survivor_id, 'organic' as basis from records
),

summed as (
    select
        grouped.basis,
        grouped.quarter_start,
        grouped.quarter_end,
        grouped.survivor_id as customer_id,
        sum(grouped.window_fen) as window_fen,
        sum(grouped.order_days) as order_days,
        min(grouped.first_order_on) as first_order_on,
        max(grouped.last_order_on) as last_order_on,
        least(min(grouped.first_order_on), min(customers.created_on)) as relation_start,
        count(*) as record_count
    from grouped
    left join customers on grouped.customer_id = customers.customer_id
    group by all
),

related as (
    select
        summed.*,
        quarters.window_quarters,
        rules.new_customer_quarters,
        date_diff('quarter', summed.relation_start, summed.quarter_start) + 1 as relation_quarters
    from summed
    inner join quarters on summed.quarter_start = quarters.quarter_start
    cross join rules
),

annualised as (
    select
        *,
        relation_quarters between new_customer_quarters and window_quarters - 1 as is_annualised,
        cast(
            case
                when relation_quarters between new_customer_quarters and window_quarters - 1
                    then {{ divide_half_up('window_fen * window_quarters', 'relation_quarters') }}
                else window_fen
            end as bigint
        ) as annual_fen
    from related
),

tiered as (
    select
        annualised.*,
        tiers.tier_code,
        tiers.tier_order,
        row_number() over (
            partition by annualised.basis, annualised.quarter_start, annualised.customer_id
            order by tiers.tier_order desc nulls last
        ) as tier_age
    from annualised
    left join tiers
        on
            annualised.quarter_end >= tiers.valid_from
            and (tiers.valid_to is null or annualised.quarter_end < tiers.valid_to)
            and annualised.annual_fen is not null
            and (
                tiers.low_fen is null
                or annualised.annual_fen > tiers.low_fen
                or (tiers.inclusive and annualised.annual_fen = tiers.low_fen)
            )
),

final as (
    select
        tiered.quarter_start,
        tiered.quarter_end,
        tiered.customer_id,
        tiered.order_days,
        tiered.first_order_on,
        tiered.last_order_on,
        tiered.relation_start,
        tiered.record_count,
        tiered.is_annualised,
        tiered.annual_fen,
        tiered.tier_code,
        organic.tier_code as organic_tier_code,
        organic.annual_fen as organic_annual_fen
    from tiered
    left join tiered as organic
        on
            tiered.quarter_start = organic.quarter_start
            and tiered.customer_id = organic.customer_id
            and organic.basis = 'organic'
            and organic.tier_age = 1
    where tiered.basis = 'actual' and tiered.tier_age = 1
)

select * from final
