{#- The period types of performance.kpi_value; `to_date` starts on the first day with data of its source. -#}
{% macro kpi_period_types() -%}
    (select unnest(['quarter', 'year', 'to_date']) as period_type)
{%- endmacro %}

{#- Months, too, for figures that the plan follows by month. -#}
{% macro kpi_calendar_types() -%}
    (select unnest(['month', 'quarter', 'year']) as period_type)
{%- endmacro %}

{% macro kpi_period_start(period_type, day, first_day) -%}
    cast(
        case {{ period_type }}
            when 'month' then date_trunc('month', {{ day }})
            when 'quarter' then date_trunc('quarter', {{ day }})
            when 'year' then date_trunc('year', {{ day }})
            else {{ first_day }}
        end as date
    )
{%- endmacro %}

{#- Last day of the period, given its type and start; `to_date` ends where the source's data ends. -#}
{% macro kpi_period_end(period_type, period_start, data_through) -%}
    cast(
        case {{ period_type }}
            when 'month' then {{ period_start }} + interval 1 month - interval 1 day
            when 'quarter' then {{ period_start }} + interval 3 month - interval 1 day
            when 'year' then {{ period_start }} + interval 1 year - interval 1 day
            else {{ data_through }}
        end as date
    )
{%- endmacro %}

{#- Whether a period is known from its start, given the first known day: the books begin with the month of that day, for
    nobody works on New Year's Day; NULL where no first day is known. -#}
{% macro is_known_from_start(period_start, first_day) -%}
    {{ month_start(first_day) }} <= {{ period_start }}
{%- endmacro %}

{#- The first day of the second year of the books: before it whoever was won before the books looks new, and cannot be
    told from who is. -#}
{% macro newcomers_known_from(covered_from) -%}
    cast({{ covered_from }} + interval 1 year as date)
{%- endmacro %}
