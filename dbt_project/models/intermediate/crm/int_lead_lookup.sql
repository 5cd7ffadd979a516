-- Grain: one row per opportunity that came of a lead.
-- Rule: of several leads that were made into one deal the earliest one is where it came from. Plan 5.3.
with

leads as (
    select * from {{ ref('stg_crm__lead') }}
    where not is_deleted and converted_opportunity_id is not null
),

final as (
    select
        source_system,
        converted_opportunity_id as opportunity_id,
        arg_min(lead_id, (created_at, lead_id)) as lead_id
    from leads
    group by source_system, converted_opportunity_id
)

select * from final
