{#- Primary key: no key column is NULL and no key occurs twice. One test where dbt's own would need n + 1. -#}
{% test unique_combination(model, columns) %}
select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by all
having
    count(*) > 1
    {% for column in columns %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}

{#- `is not true`, not `not (...)`: an expression that is NULL is a failure, too. -#}
{% test expression_is_true(model, expression) %}
select *
from {{ model }}
where ({{ expression }}) is not true
{% endtest %}
