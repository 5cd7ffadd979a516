-- Grain: one row per won opportunity, payee and credit type.
-- Rule: the credit rule valid on the close date gives the split in basis points; today all of it goes directly to
-- the owner at signing (seed credit_rule, not decided by the plan). Plan 4.1, 4.4.
with

won as (
    select * from {{ ref('fct_opportunity') }}
    where outcome = 'won'
),

rules as (
    select * from {{ ref('credit_rule') }}
),

credited as (
    select
        won.opportunity_id,
        won.owner_employee_id as payee_employee_id,
        rules.credit_type,
        rules.credit_event,
        won.closed_on as credited_on,
        rules.split_bp,
        {{ divide_half_up('won.won_fen * rules.split_bp', '10000') }} as credited_fen,
        won.currency,
        won.region_id_as_was as region_id,
        rules.decided as is_rule_decided,
        dense_rank() over (
            partition by won.opportunity_id
            order by rules.valid_from desc
        ) as rule_age
    from won
    inner join rules on won.closed_on >= rules.valid_from
),

final as (
    select
        cast(opportunity_id as varchar) as opportunity_id,
        cast(payee_employee_id as varchar) as payee_employee_id,
        cast(credit_type as varchar) as credit_type,
        cast(credit_event as varchar) as credit_event,
        cast(credited_on as date) as credited_on,
        cast(split_bp as integer) as split_bp,
        cast(credited_fen as bigint) as credited_fen,
        cast(currency as varchar) as currency,
        cast(region_id as varchar) as region_id,
        cast(is_rule_decided as boolean) as is_rule_decided
    from credited
    where rule_age = 1
)

select * from final
