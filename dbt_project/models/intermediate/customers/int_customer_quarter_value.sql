-- Grain: one row per basis, quarter and customer that stands for itself at the end of it, with the purchase of a year
-- and its value tier. Basis actual is what is; organic is what would be if nothing had been merged or separated in the
-- quarter.
-- Rule: purchase of the value window; a newer customer's is annualised once it has the quarters of
-- new_customer_quarters, counted from the earliest of its first order and its accounts, those without an order among
-- them. Whoever was known before the books is not new in them: what it bought before is unknown, so nothing is
-- extrapolated. Bounds are half-open [low, high). A day on which several of its records order is one of order_days.
-- Plan 5.2, 5.6, 5.7.
with

records as (
    select * from {{ ref('int_customer_quarter_record') }}
),

customers as (
    select customer_id, created_on from {{ ref('dim_customer') }}
),

survivors as (
    select * from {{ ref('int_customer_quarter_survivor') }}
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
        coalesce(len(list_distinct(flatten(list(grouped.order_dates)))), 0) as order_days,
        min(grouped.first_order_on) as first_order_on,
        max(grouped.last_order_on) as last_order_on,
        count(*) as record_count
    from grouped
    group by all
),

merged_accounts as (
    select
        survivors.basis,
        survivors.quarter_start,
        survivors.survivor_customer_id as customer_id,
        min(customers.created_on) as created_on
    from survivors
    inner join customers on survivors.customer_id = customers.customer_id
    group by all
),

dated as (
    select
        summed.*,
        least(summed.first_order_on, customers.created_on, merged_accounts.created_on) as relation_start
    from summed
    left join customers on summed.customer_id = customers.customer_id
    left join merged_accounts
        on
            summed.basis = merged_accounts.basis
            and summed.quarter_start = merged_accounts.quarter_start
            and summed.customer_id = merged_accounts.customer_id
),

related as (
    select
        dated.*,
        quarters.window_quarters,
        dated.relation_start >= quarters.covered_from as is_known_from_start,
        rules.new_customer_quarters,
        date_diff('quarter', dated.relation_start, dated.quarter_start) + 1 as relation_quarters
    from dated
    inner join quarters on dated.quarter_start = quarters.quarter_start
    cross join rules
),

judged as (
    select
        *,
        is_known_from_start and relation_quarters between new_customer_quarters and window_quarters - 1
            as is_annualised
    from related
),

annualised as (
    select
        *,
        cast(
            case
                when is_annualised
                    then {{ divide_half_up('window_fen * window_quarters', 'relation_quarters') }}
                else window_fen
            end as bigint
        ) as annual_fen
    from judged
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
        basis,
        quarter_start,
        quarter_end,
        customer_id,
        order_days,
        first_order_on,
        last_order_on,
        relation_start,
        record_count,
        window_fen,
        is_annualised,
        annual_fen,
        tier_code
    from tiered
    where tier_age = 1
)

select * from final
