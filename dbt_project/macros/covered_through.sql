{#-
    The last day that all systems of a group cover that still deliver: one that is late holds the others back, one that
    is behind the newest by more than ended_after_days has ended and does not.
-#}
{% macro covered_through(data_through) -%}
    list_min(
        list_filter(
            list({{ data_through }}), lambda through: through >= max({{ data_through }}) - {{ var('ended_after_days') }}
        )
    )
{%- endmacro %}
