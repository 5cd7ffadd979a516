{#-
    Money is integer fen. "Half-up" rounds a half away from zero, so that a refund cancels its sale to the fen.
    All work on DECIMAL and integers only: DuckDB's `/` and avg() would turn them into DOUBLE.
-#}

{#-
    Amount in yuan (or another currency's main unit), DECIMAL -> fen, BIGINT. NULL stays NULL. Widened first: a
    DECIMAL(18, 4) of a trillion yuan times 100 has no room, and one absurd amount must not end the run.
-#}
{% macro to_fen(amount) -%}
    cast(round(cast({{ amount }} as decimal(38, 10)) * 100, 0) as bigint)
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

{#-
    Every row of `relation` with its share of a whole, BIGINT, by weight (basis points, say), so that the shares of a
    group add up to the whole to the fen: each gets its part rounded down, and the fen that are left go one each to the
    largest remainders, ties by `order_by`. `whole` is the same on all rows of a group and may be negative (a refund is
    shared as its sale was). Weights are integers, none negative; where they add up to 0 nothing can be shared: NULL.
-#}
{% macro with_shares(relation, whole, weight, partition_by, order_by, share='share_fen') -%}
    select
        * exclude (_part, _remainder, _left_over),
        cast(
            sign({{ whole }}) * (
                _part + case
                    when row_number() over (
                        partition by {{ partition_by | join(', ') }}
                        order by _remainder desc, {{ order_by | join(', ') }}
                    ) <= _left_over then 1
                    else 0
                end
            ) as bigint
        ) as {{ share }}
    from (
        select
            *,
            abs(cast({{ whole }} as hugeint))
            - sum(_part) over (partition by {{ partition_by | join(', ') }}) as _left_over
        from (
            select
                *,
                abs(cast({{ whole }} as hugeint)) * {{ weight }}
                // nullif(sum({{ weight }}) over (partition by {{ partition_by | join(', ') }}), 0) as _part,
                abs(cast({{ whole }} as hugeint)) * {{ weight }}
                % nullif(sum({{ weight }}) over (partition by {{ partition_by | join(', ') }}), 0) as _remainder
            from {{ relation }}
        )
    )
{%- endmacro %}
