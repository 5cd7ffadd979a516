-- Grain: one row per opportunity id that exactly one CRM system uses.
-- Rule: meetings and approvals name an opportunity without its system; an id that two systems use is no match,
-- because guessing would attach the meeting to a stranger's deal and double its row.
with

opportunities as (
    select * from {{ ref('stg_crm__opportunity') }}
    where not is_deleted
),

final as (
    select
        opportunity_id as opportunity_reference,
        min(source_system) || ':' || opportunity_id as opportunity_key
    from opportunities
    group by opportunity_id
    having count(*) = 1
)

select * from final
