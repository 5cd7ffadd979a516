-- Grain: one row per basis (actual, organic), quarter and customer that stands for itself at the end of it, with what
-- potential and loyalty are judged by: rating, factors, silence. Mails and surveys of all its accounts count, those
-- without an order among them.
-- Rule C11: no order and no mail opened in the months of risk_silence_months; in quarters that no source of mails
-- covers, orders alone, and churn_flag_basis says so. Who has lapsed is gone and no longer work for anybody
-- (has_lapsed). Rating, industry, expansion plan and depth are those of the account's version at the end of the
-- quarter; an industry is emerging from its day in the seed on. Plan 5.2, 5.3.
with

values_ as (
    select * from {{ ref('int_customer_quarter_value') }}
),

survivors as (
    select * from {{ ref('int_customer_quarter_survivor') }}
),

quarters as (
    select * from {{ ref('int_segment_quarter') }}
),

versions as (
    select * from {{ ref('int_customer_version') }}
),

cooperation_words as (
    select * from {{ ref('cooperation_word') }}
),

words as (
    select * from {{ ref('potential_word') }}
),

emerging as (
    select * from {{ ref('emerging_industry') }}
),

rules as (
    select * from {{ ref('int_customer_rule') }}
),

mails as (
    select * from {{ ref('int_customer_mail_open') }}
),

bases as (
    select unnest(['actual', 'organic']) as basis
),

opens as (
    select
        customer_id,
        cast(date_trunc('quarter', opened_on) as date) as quarter_start,
        max(opened_on) as last_open_on
    from mails
    group by all
),

surveys as (
    select
        customer_id,
        cast(date_trunc('quarter', answered_on) as date) as quarter_start,
        answered_on,
        bool_and(is_satisfied) as is_satisfied
    from {{ ref('fct_survey_response') }}
    where is_answered and is_satisfied is not null and customer_id <> 'unknown'
    group by all
),

mail_spans as (
    select * from {{ ref('int_mail_span') }}
),

mail_quarters as (
    select distinct quarters.quarter_start
    from quarters
    inner join mail_spans
        on quarters.silent_from >= mail_spans.known_from and quarters.quarter_end <= mail_spans.known_to
),

account_opens as (
    select quarters.quarter_start, opens.customer_id, max(opens.last_open_on) as last_open_on
    from quarters
    inner join opens on quarters.quarter_start >= opens.quarter_start
    group by all
),

last_opens as (
    select
        bases.basis,
        account_opens.quarter_start,
        coalesce(survivors.survivor_customer_id, account_opens.customer_id) as customer_id,
        max(account_opens.last_open_on) as last_open_on
    from account_opens
    cross join bases
    left join survivors
        on
            bases.basis = survivors.basis
            and account_opens.quarter_start = survivors.quarter_start
            and account_opens.customer_id = survivors.customer_id
    group by all
),

account_surveys as (
    select
        quarters.quarter_start,
        surveys.customer_id,
        max(surveys.answered_on) as answered_on,
        arg_max(surveys.is_satisfied, surveys.answered_on) as is_satisfied
    from quarters
    inner join surveys on quarters.quarter_start >= surveys.quarter_start
    group by all
),

last_surveys as (
    select
        bases.basis,
        account_surveys.quarter_start,
        coalesce(survivors.survivor_customer_id, account_surveys.customer_id) as customer_id,
        arg_max(account_surveys.is_satisfied, (account_surveys.answered_on, account_surveys.customer_id))
            as is_satisfied
    from account_surveys
    cross join bases
    left join survivors
        on
            bases.basis = survivors.basis
            and account_surveys.quarter_start = survivors.quarter_start
            and account_surveys.customer_id = survivors.customer_id
    group by all
),

final as (
    select
        values_.basis,
        values_.quarter_start,
        values_.customer_id,
        words.potential as rated_potential,
        emerging.industry is not null as is_emerging_industry,
        coalesce(versions.has_expansion_plan, false) as has_expansion_plan,
        coalesce(cooperation_words.is_deep, false) and values_.order_days > 0 as has_deep_cooperation,
        values_.order_days >= rules.repurchase_order_days as has_repurchased,
        last_surveys.is_satisfied,
        values_.relation_start <= values_.quarter_end + 1 - to_months(rules.long_relation_months)
            as has_long_relation,
        last_opens.last_open_on,
        values_.last_order_on < quarters.silent_from
        and (
            mail_quarters.quarter_start is null
            or last_opens.last_open_on is null
            or last_opens.last_open_on < quarters.silent_from
        ) as is_churn_risk,
        values_.last_order_on < quarters.lapsed_before as has_lapsed,
        case when mail_quarters.quarter_start is null then 'orders_only' else 'orders_and_mails' end
            as churn_flag_basis
    from values_
    inner join quarters on values_.quarter_start = quarters.quarter_start
    cross join rules
    left join mail_quarters on values_.quarter_start = mail_quarters.quarter_start
    left join versions
        on
            values_.customer_id = versions.customer_id
            and values_.quarter_end >= versions.valid_from
            and values_.quarter_end < versions.valid_to
    left join words on lower(trim(versions.potential)) = words.word
    left join cooperation_words on lower(trim(versions.cooperation_depth)) = cooperation_words.word
    left join emerging
        on versions.industry = emerging.industry and values_.quarter_end >= emerging.valid_from
    left join last_opens
        on
            values_.basis = last_opens.basis
            and values_.quarter_start = last_opens.quarter_start
            and values_.customer_id = last_opens.customer_id
    left join last_surveys
        on
            values_.basis = last_surveys.basis
            and values_.quarter_start = last_surveys.quarter_start
            and values_.customer_id = last_surveys.customer_id
)

select * from final
