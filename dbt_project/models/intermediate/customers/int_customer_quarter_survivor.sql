-- Grain: one row per complete quarter, basis and CRM account for which another one stood then: at the end of the
-- quarter (basis actual) or at the end of the quarter before (organic: as if nothing had been merged or separated
-- since). An account without a row stood for itself. Plan 5.7.
with

quarters as (
    select * from {{ ref('int_segment_quarter') }}
),

survivors as (
    select * from {{ ref('int_customer_survivor') }}
),

points as (
    select quarter_start, 'actual' as basis, quarter_end as point from quarters
    union all
    select quarter_start, 'organic' as basis, previous_quarter_end as point from quarters
),

final as (
    select
        points.quarter_start,
        points.basis,
        survivors.customer_id,
        survivors.survivor_customer_id
    from points
    inner join survivors
        on
            points.point >= survivors.valid_from
            and points.point < coalesce(survivors.valid_to, date '{{ var("open_future") }}')
)

select * from final
