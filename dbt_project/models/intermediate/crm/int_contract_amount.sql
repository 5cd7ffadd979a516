-- Grain: one row per contract that has lines that are not deleted.
-- Rule: what a contract is worth is the sum of its lines in the contract's own currency; a line without a currency is
-- in that. Lines in another are never added: the flag says that there are some, their money is in fct_contract_line.
-- List and net are without tax.
with

lines as (
    select * from {{ ref('stg_crm__contract_line') }}
    where not is_deleted
),

contracts as (
    select * from {{ ref('stg_crm__contract') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

marked as (
    select
        lines.*,
        coalesce(lines.currency = coalesce(contracts.currency, settings.currency), true) as is_of_contract_currency
    from lines
    inner join settings on lines.source_system = settings.source_system
    left join contracts
        on lines.source_system = contracts.source_system and lines.contract_id = contracts.contract_id
),

summed as (
    select
        source_system,
        contract_id,
        count(*) as line_count,
        bool_or(not is_of_contract_currency) as has_other_currency,
        sum(net_amount_fen) filter (where is_of_contract_currency) as net_fen,
        sum(coalesce(list_amount_fen, net_amount_fen)) filter (where is_of_contract_currency) as list_fen,
        sum(cost_amount_fen) filter (where is_of_contract_currency) as cost_fen,
        bool_and(cost_amount_fen is not null) filter (where is_of_contract_currency) as has_every_cost
    from marked
    group by all
),

final as (
    select
        source_system,
        contract_id,
        line_count,
        has_other_currency,
        cast(coalesce(net_fen, 0) as bigint) as net_fen,
        cast(coalesce(list_fen, 0) as bigint) as list_fen,
        cast(case when has_every_cost then cost_fen end as bigint) as cost_fen
    from summed
)

select * from final
