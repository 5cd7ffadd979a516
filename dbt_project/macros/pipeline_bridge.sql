{#-
    The movements of every deal between the end of two days, for a relation of pairs (period_type, from_date, to_date).
    In scope at a date are open deals (horizon `all`), or open deals expected to close by to_date (horizon `due`).
    A deal enters with the amount that it had (pulled) or has (new, reopened), changes, and leaves with the amount that
    it has at to_date; so a win leaves with what was won. Opened and closed in between is new and won.
    Per deal: opening + movements = closing, in deals and fen. docs/marts/funnel.md shows it for any two dates.
-#}
{% macro pipeline_bridge_deals(periods, states) -%}
    select
        periods.period_type,
        periods.from_date,
        periods.to_date,
        horizons.horizon,
        later.opportunity_id,
        later.currency,
        earlier.deal_state as state_from,
        later.deal_state as state_to,
        coalesce(earlier.amount_fen, 0) as fen_from,
        coalesce(later.amount_fen, 0) as fen_to,
        earlier.owner_employee_id as owner_from,
        later.owner_employee_id as owner_to,
        coalesce(earlier.deal_state = 'open', false) as was_open,
        later.deal_state = 'open' as is_open,
        coalesce(
            earlier.deal_state = 'open'
            and (horizons.horizon = 'all' or earlier.expected_close_on <= periods.to_date), false
        ) as is_in_at_from,
        coalesce(
            later.deal_state = 'open'
            and (horizons.horizon = 'all' or later.expected_close_on <= periods.to_date), false
        ) as is_in_at_to
    from {{ periods }} as periods
    cross join (select unnest(['all', 'due']) as horizon) as horizons
    inner join {{ states }} as later
        on
            periods.to_date >= later.valid_from
            and periods.to_date < coalesce(later.valid_to, date 'infinity')
    left join {{ states }} as earlier
        on
            later.opportunity_id = earlier.opportunity_id
            and periods.from_date >= earlier.valid_from
            and periods.from_date < coalesce(earlier.valid_to, date 'infinity')
    where
        later.deal_state = 'open'
        or (
            later.valid_from > periods.from_date
            and (
                earlier.opportunity_id is null
                or earlier.deal_state = 'open'
                or coalesce(later.last_open_from > periods.from_date, false)
            )
        )
{%- endmacro %}
