{#-
    Primary key: no key column is NULL and no key occurs twice. One test where dbt's own would need n + 1.
    nullable_columns belong to the key but may be NULL (a currency, say, that only money has).
-#}
{% test unique_combination(model, columns, nullable_columns=[]) %}
select
    {{ (columns + nullable_columns) | join(', ') }},
    count(*) as row_count
from {{ model }}
group by all
having
    count(*) > 1
    {%- for column in columns %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}

{#- `is not true`, not `not (...)`: an expression that is NULL is a failure, too. -#}
{% test expression_is_true(model, expression) %}
select *
from {{ model }}
where ({{ expression }}) is not true
{% endtest %}

{#- Two sums that must agree to the fen, each over its own table and its own condition. -#}
{% test same_sum(model, expression, other, other_expression, where='true', other_where='true') %}
with

sums as (
    select
        (select coalesce(sum({{ expression }}), 0) from {{ model }} where {{ where }}) as this_sum,
        (select coalesce(sum({{ other_expression }}), 0) from {{ other }} where {{ other_where }}) as other_sum
)

select * from sums
where this_sum is distinct from other_sum
{% endtest %}
