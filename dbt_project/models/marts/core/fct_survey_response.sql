-- Grain: one row per survey that was sent; unanswered ones have no score.
-- Satisfied = the share of the scale that seed satisfaction_rule asks for, 4 of 5. The account is that of the
-- company's CRM: service systems carry its number. Plan D1, D3.
with

surveys as (
    select * from {{ ref('stg_svc__survey_response') }}
    where not is_deleted
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'service'
),

customers as (
    select * from {{ ref('dim_customer') }}
    where customer_origin = 'crm'
),

-- One account number may occur in two CRM systems; then nobody can say whose survey it is.
accounts as (
    select
        source_customer_id,
        min(customer_id) as customer_id,
        min(survivor_customer_id) as survivor_customer_id
    from customers
    group by source_customer_id
    having count(*) = 1
),

rules as (
    select * from {{ ref('satisfaction_rule') }}
),

dated as (
    select
        surveys.*,
        {{ business_date('surveys.sent_at', 'settings.business_zone') }} as sent_on,
        {{ business_date('surveys.answered_at', 'settings.business_zone') }} as answered_on
    from surveys
    inner join settings on surveys.source_system = settings.source_system
),

judged as (
    select
        dated.*,
        coalesce(dated.scale_max, rules.scale_max) as scale,
        rules.scale_max as rule_scale_max,
        rules.min_score,
        rules.inclusive,
        row_number() over (
            partition by dated.source_system, dated.response_id
            order by rules.valid_from desc nulls last
        ) as rule_age
    from dated
    left join rules on coalesce(dated.answered_on, dated.sent_on) >= rules.valid_from
),

final as (
    select
        cast(judged.source_system || ':' || judged.response_id as varchar) as response_id,
        cast(judged.source_system as varchar) as source_system,
        cast(coalesce(accounts.customer_id, 'unknown') as varchar) as customer_id,
        cast(coalesce(accounts.survivor_customer_id, 'unknown') as varchar) as survivor_customer_id,
        cast(judged.account_id as varchar) as account_reference,
        cast(judged.ref_id as varchar) as ticket_reference,
        cast(judged.scope as varchar) as survey_scope,
        cast(judged.score as decimal(18, 4)) as score,
        cast(judged.scale as decimal(18, 4)) as scale_max,
        cast(judged.answered_at is not null and judged.score is not null as boolean) as is_answered,
        cast(
            case
                when judged.answered_at is null then null
                when judged.inclusive then judged.score * judged.rule_scale_max >= judged.min_score * judged.scale
                else judged.score * judged.rule_scale_max > judged.min_score * judged.scale
            end as boolean
        ) as is_satisfied,
        cast(judged.sent_at as timestamp with time zone) as sent_at,
        cast(judged.sent_on as date) as sent_on,
        cast(judged.answered_on as date) as answered_on
    from judged
    left join accounts on judged.account_id = accounts.source_customer_id
    where judged.rule_age = 1
)

select * from final
