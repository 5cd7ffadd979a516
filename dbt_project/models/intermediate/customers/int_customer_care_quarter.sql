-- Grain: one row per complete quarter and customer of the CRM in scope of a revisit: it ordered within the value
-- window. place ranks the purchase of the window. A customer success manager is as known now: the CRM keeps no
-- history. Plan 5.2, 7.1 (C24, C25).
with

segments as (
    select * from {{ ref('int_customer_segment_history') }}
),

customers as (
    select customer_id, customer_origin, survivor_customer_id from {{ ref('dim_customer') }}
),

profiles as (
    select customer_id, csm_reference, owner_employee_id from {{ ref('int_customer_profile') }}
),

quarters as (
    select * from {{ ref('int_segment_quarter') }}
),

rules as (
    select * from {{ ref('int_customer_rule') }}
),

revisits as (
    select
        customers.survivor_customer_id as customer_id,
        cast(date_trunc('quarter', touches.touched_on) as date) as quarter,
        count(*) as revisit_count,
        max(touches.touched_on) as last_revisit_on
    from {{ ref('int_customer_touch') }} as touches
    inner join customers on touches.customer_id = customers.customer_id
    where touches.is_revisit
    group by all
),

in_scope as (
    select
        segments.*,
        row_number() over (
            partition by segments.quarter
            order by segments.annual_fen desc nulls last, segments.customer_id asc
        ) as place
    from segments
    inner join quarters on segments.quarter = quarters.quarter_start
    inner join customers on segments.customer_id = customers.customer_id
    where customers.customer_origin = 'crm' and segments.last_order_on >= quarters.window_start
),

final as (
    select
        in_scope.customer_id,
        in_scope.quarter,
        in_scope.value_tier,
        in_scope.segment_code,
        in_scope.annual_fen,
        in_scope.place,
        in_scope.place <= rules.top_customer_count as is_top,
        coalesce(profiles.owner_employee_id, 'unknown') as owner_employee_id,
        profiles.csm_reference,
        coalesce(revisits.revisit_count, 0) as revisit_count,
        revisits.last_revisit_on
    from in_scope
    cross join rules
    left join profiles on in_scope.customer_id = profiles.customer_id
    left join revisits on in_scope.customer_id = revisits.customer_id and in_scope.quarter = revisits.quarter
)

select * from final
