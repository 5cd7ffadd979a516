-- Grain: one row per complete quarter and customer in scope of a revisit, with who cares for it and whether it was
-- seen, asked in a survey, and is in WeCom. In scope is who ordered within the value window. Calls, visits and meetings
-- that took place are revisits (seed revisit_activity). Who stood for whom, and who cared, is as of the quarter's
-- end. Plan 5.2, 6.3, 7.1 (C24, C25, D2, E26).
with

care as (
    select * from {{ ref('int_customer_care_quarter') }}
),

final as (
    select
        cast(customer_id as varchar) as customer_id,
        cast(quarter as date) as quarter,
        cast(value_tier as varchar) as value_tier,
        cast(segment_code as varchar) as segment_code,
        cast(window_fen as bigint) as window_fen,
        cast(annual_fen as bigint) as annual_fen,
        cast(place as bigint) as revenue_place,
        cast(is_top as boolean) as is_top_customer,
        cast(owner_employee_id as varchar) as owner_employee_id,
        cast(csm_reference as varchar) as csm_reference,
        cast(has_csm as boolean) as has_csm,
        cast(revisit_count as bigint) as revisit_count,
        cast(revisit_count > 0 as boolean) as has_revisit,
        cast(last_revisit_on as date) as last_revisit_on,
        cast(survey_count as bigint) as survey_count,
        cast(has_wecom_contact as boolean) as has_wecom_contact
    from care
)

select * from final
