-- Grain: one row per complete quarter and customer of the CRM in scope of a revisit: it ordered within the value
-- window. place ranks the purchase of the window. A customer success manager is as known now: the CRM keeps no
-- history. A WeCom contact counts from the day on which it was added; one removed since is not known any more. Surveys
-- are NULL outside the quarters in which any was sent, WeCom where no contact of an account is in it: not delivered is
-- not none. Plan 5.2, 6.3, 7.1 (C24, C25, D2, E26).
with

segments as (
    select * from {{ ref('int_customer_segment_history') }}
),

customers as (
    select customer_id, customer_origin, survivor_customer_id from {{ ref('dim_customer') }}
),

profiles as (
    select customer_id, csm_reference, owner_employee_id, wecom_first_added_on from {{ ref('int_customer_profile') }}
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

surveys as (
    select
        survivor_customer_id as customer_id,
        cast(date_trunc('quarter', sent_on) as date) as quarter,
        count(*) as survey_count
    from {{ ref('fct_survey_response') }}
    where sent_on is not null
    group by all
),

survey_span as (
    select
        min(quarter) as surveys_from,
        max(quarter) as surveys_to
    from surveys
),

wecom as (
    select count(wecom_first_added_on) > 0 as is_delivered from profiles
),

in_scope as (
    select
        segments.*,
        quarters.quarter_end,
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
        revisits.last_revisit_on,
        case
            when in_scope.quarter between survey_span.surveys_from and survey_span.surveys_to
                then coalesce(surveys.survey_count, 0)
        end as survey_count,
        case
            when wecom.is_delivered then coalesce(profiles.wecom_first_added_on <= in_scope.quarter_end, false)
        end as has_wecom_contact
    from in_scope
    cross join rules
    cross join survey_span
    cross join wecom
    left join profiles on in_scope.customer_id = profiles.customer_id
    left join revisits on in_scope.customer_id = revisits.customer_id and in_scope.quarter = revisits.quarter
    left join surveys on in_scope.customer_id = surveys.customer_id and in_scope.quarter = surveys.quarter
)

select * from final
