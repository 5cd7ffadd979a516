-- Grain: one row per complete quarter, basis and CRM account for which another one stood then: at the end of the
-- quarter (basis actual) or at the end of the quarter before (organic: as if nothing had been merged or separated
-- since).
-- Rule: the merges and shared credit codes of that day, followed to the end of the chain of that day, so that a later
-- merge, or its undoing, moves no past quarter. An account without a row stood for itself. Plan 5.7.
with recursive

quarters as (
    select * from {{ ref('int_segment_quarter') }}
),

windows as (
    select * from {{ ref('int_customer_merge_window') }}
),

xref as (
    select * from {{ ref('customer_xref') }}
    where reason = 'same_credit_code'
),

customers as (
    select customer_id from {{ ref('dim_customer') }}
),

-- A merge into an account that was never delivered leaves the account standing for itself.
spans as (
    select windows.customer_id, windows.target_customer_id, windows.valid_from, windows.valid_to
    from windows
    inner join customers on windows.target_customer_id = customers.customer_id
    union all
    select customer_id, survivor_customer_id as target_customer_id, valid_from, valid_to
    from xref
),

points as (
    select quarter_start, 'actual' as basis, quarter_end as point from quarters
    union all
    select quarter_start, 'organic' as basis, previous_quarter_end as point from quarters
),

edges as (
    select points.quarter_start, points.basis, spans.customer_id, spans.target_customer_id
    from points
    inner join spans
        on
            points.point >= spans.valid_from
            and points.point < coalesce(spans.valid_to, date '{{ var("open_future") }}')
),

-- `union` drops what was seen, so that a circle of merges ends; its members stand for themselves.
walk as (
    select quarter_start, basis, customer_id, target_customer_id as reached_id from edges
    union
    select walk.quarter_start, walk.basis, walk.customer_id, edges.target_customer_id as reached_id
    from walk
    inner join edges
        on
            walk.quarter_start = edges.quarter_start
            and walk.basis = edges.basis
            and walk.reached_id = edges.customer_id
),

final as (
    select
        walk.quarter_start,
        walk.basis,
        walk.customer_id,
        min(walk.reached_id) as survivor_customer_id
    from walk
    left join edges
        on
            walk.quarter_start = edges.quarter_start
            and walk.basis = edges.basis
            and walk.reached_id = edges.customer_id
    where edges.customer_id is null
    group by all
)

select * from final
