{#-
    Lower (side -1) or upper (side 1) bound of the Wilson 95 % interval of successes / trials, DOUBLE: an estimate, not a
    published figure of money. No trials gives NULL. 1.959964 is the 97.5 % quantile of the normal distribution.
-#}
{% macro wilson_bound(successes, trials, side) -%}
    (
        {{ successes }} + pow(1.959964, 2) / 2
        + {{ side }} * 1.959964 * sqrt(
            cast({{ successes }} as double) * ({{ trials }} - {{ successes }}) / nullif({{ trials }}, 0)
            + pow(1.959964, 2) / 4
        )
    ) / (nullif({{ trials }}, 0) + pow(1.959964, 2))
{%- endmacro %}
