-- Grain: one row, the customer rules that hold on the run's as_of, one column each.
-- Metrics of a past period use the rule of today: a rule that changes restates, as its row in the seed says.
with

rules as (
    select * from {{ ref('customer_rule') }}
),

run_context as (
    select * from {{ ref('int_run_context') }}
),

valid as (
    select
        rules.rule_code,
        arg_max(rules.rule_value, rules.valid_from) as rule_value
    from rules
    cross join run_context
    where rules.valid_from <= run_context.as_of
    group by rules.rule_code
),

final as (
    select
        max(rule_value) filter (where rule_code = 'top_customer_count') as top_customer_count,
        max(rule_value) filter (where rule_code = 'churn_base_months') as churn_base_months,
        max(rule_value) filter (where rule_code = 'churn_window_months') as churn_window_months,
        max(rule_value) filter (where rule_code = 'first_order_days') as first_order_days,
        max(rule_value) filter (where rule_code = 'risk_silence_months') as risk_silence_months,
        max(rule_value) filter (where rule_code = 'repurchase_order_days') as repurchase_order_days,
        max(rule_value) filter (where rule_code = 'value_window_months') as value_window_months,
        max(rule_value) filter (where rule_code = 'long_relation_months') as long_relation_months,
        max(rule_value) filter (where rule_code = 'new_customer_quarters') as new_customer_quarters,
        max(rule_value) filter (where rule_code = 'risk_follow_up_days') as risk_follow_up_days,
        max(rule_value) filter (where rule_code = 'lapsed_after_months') as lapsed_after_months
    from valid
)

select * from final
