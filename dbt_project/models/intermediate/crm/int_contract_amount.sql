-- Grain: one row per contract that has lines that are not deleted.
-- Rule: what a contract is worth is the sum of its lines; list and net are without tax.
with

lines as (
    select * from {{ ref('stg_crm__contract_line') }}
    where not is_deleted
),

final as (
    select
        source_system,
        contract_id,
        count(*) as line_count,
        cast(sum(coalesce(net_amount_fen, 0)) as bigint) as net_fen,
        cast(sum(coalesce(list_amount_fen, net_amount_fen, 0)) as bigint) as list_fen,
        cast(case when count(*) = count(cost_amount_fen) then sum(cost_amount_fen) end as bigint) as cost_fen
    from lines
    group by all
)

select * from final
