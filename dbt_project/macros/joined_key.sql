{#-
    One text key from several columns. `||` and not concat_ws: a NULL part makes the key NULL instead of silently
    giving the key of another record.
-#}
{% macro joined_key(columns) -%}
    {{ columns | join(" || ':' || ") }}
{%- endmacro %}
