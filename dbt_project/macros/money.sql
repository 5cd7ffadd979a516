{#-
    Money is integer fen. "Half-up" rounds a half away from zero, so that a refund cancels its sale to the fen.
    All three work on DECIMAL and integers only: DuckDB's `/` and avg() would turn them into DOUBLE.
-#}

{#- Amount in yuan (or another currency's main unit), DECIMAL -> fen, BIGINT. NULL stays NULL. -#}
{% macro to_fen(amount) -%}
    cast(round({{ amount }} * 100, 0) as bigint)
{%- endmacro %}

{#- Fen of one line: the delivered line amount where there is one, else quantity x unit price, rounded once. -#}
{% macro line_fen(quantity, unit_price, line_amount) -%}
    coalesce({{ to_fen(line_amount) }}, {{ to_fen(quantity ~ ' * ' ~ unit_price) }}, 0)
{%- endmacro %}

{#- numerator / denominator rounded half-up to an integer, HUGEINT. Both are integers; denominator 0 gives NULL. -#}
{% macro divide_half_up(numerator, denominator) -%}
    (
        sign({{ numerator }}) * sign({{ denominator }})
        * (
            (2 * abs(cast({{ numerator }} as hugeint)) + abs(cast({{ denominator }} as hugeint)))
            // nullif(2 * abs(cast({{ denominator }} as hugeint)), 0)
        )
    )
{%- endmacro %}
