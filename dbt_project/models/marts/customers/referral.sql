-- Grain: one row per customer that was recommended by another. The reward is referral_reward_bp, as it held on the day
-- of the first contract order, of what was collected on it without tax and not paid back: the collected share of the
-- contract's tax-free value, rounded half-up once; an order without an invoice has collected nothing and earns none yet
-- (NULL), and one of the shop none. Nor does a customer that was known before the books opened: its first order may lie
-- before them. Plan 5.2 (C20, C21).
with

referrals as (
    select * from {{ ref('int_customer_referral') }}
),

orders as (
    select * from {{ ref('int_customer_first_order') }}
),

contracts as (
    select * from {{ ref('fct_contract') }}
    where not is_cancelled
),

invoices as (
    select * from {{ ref('fct_invoice') }}
    where not is_void
),

-- One row, with NULL where no contract is known: who was recommended stays in the list.
books as (
    select min(opened_on) as opened_on from {{ ref('int_channel_coverage') }}
    where order_channel = 'contract'
),

-- Not int_customer_rule: a rate that changes must not change the reward for an order of before.
rates as (
    select
        rule_value as reward_bp,
        valid_from,
        lead(valid_from) over (order by valid_from) as valid_to
    from {{ ref('customer_rule') }}
    where rule_code = 'referral_reward_bp'
),

collected as (
    select
        contracts.order_id,
        greatest(sum(invoices.collected_fen), 0) as collected_fen
    from contracts
    inner join invoices on contracts.contract_id = invoices.contract_id
    group by contracts.order_id
),

stated as (
    select
        order_id,
        sum(net_fen) as net_fen,
        sum(amount_fen) as amount_fen
    from contracts
    group by order_id
),

final as (
    select
        cast(referrals.customer_id as varchar) as customer_id,
        cast(coalesce(referrals.referrer_customer_id, 'unknown') as varchar) as referrer_customer_id,
        cast(referrals.referred_on as date) as referred_on,
        cast(orders.first_order_on as date) as first_order_on,
        cast(orders.first_order_fen as bigint) as first_order_fen,
        cast(collected.collected_fen as bigint) as collected_fen,
        cast(collected.collected_fen >= stated.amount_fen as boolean) as is_collected,
        -- least() passes a NULL over: an order without an invoice would count as paid in full.
        cast(
            case
                when collected.collected_fen is not null and referrals.known_since >= books.opened_on
                    then {{ divide_half_up(
                        'stated.net_fen * least(collected.collected_fen, stated.amount_fen) * rates.reward_bp',
                        'stated.amount_fen * 10000'
                    ) }}
            end as bigint
        ) as reward_fen,
        cast(orders.first_order_currency as varchar) as currency
    from referrals
    cross join books
    left join orders on referrals.customer_id = orders.customer_id
    left join rates
        on
            orders.first_order_on >= rates.valid_from
            and (rates.valid_to is null or orders.first_order_on < rates.valid_to)
    left join stated on orders.first_order_id = stated.order_id
    left join collected on orders.first_order_id = collected.order_id
)

select * from final
