{#- Business dates and months. Kept behind macros because interval arithmetic is what differs between engines. -#}

{#- The calendar date of an instant as the people of `zone` saw it. -#}
{% macro business_date(instant, zone) -%}
    cast(timezone({{ zone }}, {{ instant }}) as date)
{%- endmacro %}

{#- The clock on the wall of `zone` at an instant, a timestamp without a zone. -#}
{% macro local_time(instant, zone) -%}
    timezone({{ zone }}, {{ instant }})
{%- endmacro %}

{% macro month_start(day) -%}
    cast(date_trunc('month', {{ day }}) as date)
{%- endmacro %}

{#- Whole calendar months between two month starts. -#}
{% macro months_between(first_month, second_month) -%}
    cast(date_diff('month', {{ first_month }}, {{ second_month }}) as integer)
{%- endmacro %}

{#- Last day of the month of `day`. -#}
{% macro month_end(day) -%}
    cast(last_day({{ day }}) as date)
{%- endmacro %}

{#- List of every month start from one month to another, both included; NULL bounds give no months. -#}
{% macro month_list(first_month, last_month) -%}
    generate_series({{ first_month }}, {{ last_month }}, interval 1 month)
{%- endmacro %}

{#- Seconds as days of 24 hours with four decimals, DECIMAL, rounded half-up once. NULL stays NULL. -#}
{% macro seconds_to_days(seconds) -%}
    cast({{ divide_half_up('(' ~ seconds ~ ') * 10000', var('seconds_per_day')) }} as decimal(38, 0)) * 0.0001
{%- endmacro %}
