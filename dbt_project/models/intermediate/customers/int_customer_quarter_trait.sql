-- Grain: one row per quarter and customer that stands for itself at the end of it, with what potential and loyalty
-- are judged by: rating, factors, silence. Merged records count for the customer that stands for them.
-- Rule C11: no order and no mail opened in the months of risk_silence_months; where no mail data came, orders alone,
-- and churn_flag_basis says so. Who has lapsed is gone and no longer work for anybody (has_lapsed). Industry, expansion
-- plan and depth are as known now: the CRM keeps no history. Plan 5.2, 5.3.
with

values_ as (
    select * from {{ ref('int_customer_quarter_value') }}
),

records as (
    select * from {{ ref('int_customer_quarter_record') }}
),

quarters as (
    select * from {{ ref('int_segment_quarter') }}
),

customers as (
    select * from {{ ref('dim_customer') }}
),

words as (
    select * from {{ ref('potential_word') }}
),

emerging as (
    select distinct industry from {{ ref('emerging_industry') }}
),

rules as (
    select * from {{ ref('int_customer_rule') }}
),

opens as (
    select
        customer_id,
        opened_on
    from {{ ref('int_customer_mail_open') }}
    group by all
),

surveys as (
    select customer_id, answered_on, bool_and(is_satisfied) as is_satisfied
    from {{ ref('fct_survey_response') }}
    where is_answered and is_satisfied is not null and customer_id <> 'unknown'
    group by all
),

mail_known as (
    select count(*) > 0 as is_known from opens
),

last_opens as (
    select
        records.quarter_start,
        records.survivor_then as customer_id,
        max(opens.opened_on) as last_open_on
    from records
    inner join opens on records.customer_id = opens.customer_id and records.quarter_end >= opens.opened_on
    group by all
),

last_surveys as (
    select
        records.quarter_start,
        records.survivor_then as customer_id,
        arg_max(surveys.is_satisfied, (surveys.answered_on, surveys.customer_id)) as is_satisfied
    from records
    inner join surveys on records.customer_id = surveys.customer_id and records.quarter_end >= surveys.answered_on
    group by all
),

final as (
    select
        values_.quarter_start,
        values_.customer_id,
        words.potential as rated_potential,
        emerging.industry is not null as is_emerging_industry,
        coalesce(customers.has_expansion_plan, false) as has_expansion_plan,
        customers.cooperation_depth is not null and values_.order_days > 0 as has_deep_cooperation,
        values_.order_days >= rules.repurchase_order_days as has_repurchased,
        last_surveys.is_satisfied,
        values_.relation_start <= values_.quarter_end + 1 - to_months(rules.long_relation_months)
            as has_long_relation,
        last_opens.last_open_on,
        values_.last_order_on < quarters.silent_from
        and (last_opens.last_open_on is null or last_opens.last_open_on < quarters.silent_from) as is_churn_risk,
        values_.last_order_on < quarters.lapsed_before as has_lapsed,
        case when mail_known.is_known then 'orders_and_mails' else 'orders_only' end as churn_flag_basis
    from values_
    inner join quarters on values_.quarter_start = quarters.quarter_start
    cross join rules
    cross join mail_known
    left join customers on values_.customer_id = customers.customer_id
    left join words on lower(trim(customers.potential)) = words.word
    left join emerging on customers.industry = emerging.industry
    left join last_opens
        on values_.quarter_start = last_opens.quarter_start and values_.customer_id = last_opens.customer_id
    left join last_surveys
        on values_.quarter_start = last_surveys.quarter_start and values_.customer_id = last_surveys.customer_id
)

select * from final
