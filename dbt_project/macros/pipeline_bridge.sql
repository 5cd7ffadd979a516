{#-
    The movements of every deal between the end of two days, for a relation of pairs (period_type, from_date, to_date,
    due_by).
    In scope at a date are open deals (horizon `all`), or open deals expected to close by due_by (horizon `due`), which
    lies after to_date while a period runs.
    A deal enters with the amount that it had (pulled) or has (new, reopened), changes, and leaves with the amount that
    it has at to_date; so a win leaves with what was won. Opened and closed in between is new and won; lost before and
    won now is reopened and won, though it was not open at the end of any day.
    A closed deal is met only by pairs that its closing lies between: all later pairs would compare it, too, and the
    work would grow with the square of the history.
    Per deal: opening + movements = closing, in deals and fen. docs/marts/funnel.md shows it for any two dates.
-#}
{% macro pipeline_bridge_deals(periods, states) -%}
    select
        later.period_type,
        later.from_date,
        later.to_date,
        horizons.horizon,
        later.opportunity_id,
        later.currency,
        earlier.deal_state as state_from,
        later.deal_state as state_to,
        coalesce(earlier.amount_fen, 0) as fen_from,
        coalesce(later.amount_fen, 0) as fen_to,
        earlier.expected_close_on as expected_from,
        earlier.owner_employee_id as owner_from,
        later.owner_employee_id as owner_to,
        coalesce(earlier.deal_state = 'open', false) as was_open,
        later.deal_state = 'open' as is_open,
        coalesce(
            earlier.deal_state = 'open'
            and (horizons.horizon = 'all' or earlier.expected_close_on <= later.due_by), false
        ) as is_in_at_from,
        coalesce(
            later.deal_state = 'open'
            and (horizons.horizon = 'all' or later.expected_close_on <= later.due_by), false
        ) as is_in_at_to
    from (
        select periods.*, states.*
        from {{ periods }} as periods
        inner join {{ states }} as states
            on
                periods.to_date >= states.valid_from
                and periods.to_date < coalesce(states.valid_to, date 'infinity')
        where states.deal_state = 'open'
        union all
        select periods.*, states.*
        from {{ periods }} as periods
        inner join {{ states }} as states
            on
                periods.from_date < states.valid_from
                and periods.to_date >= states.valid_from
                and periods.to_date < coalesce(states.valid_to, date 'infinity')
        where states.deal_state <> 'open'
    ) as later
    cross join (select unnest(['all', 'due']) as horizon) as horizons
    left join {{ states }} as earlier
        on
            later.opportunity_id = earlier.opportunity_id
            and later.from_date >= earlier.valid_from
            and later.from_date < coalesce(earlier.valid_to, date 'infinity')
    where
        later.deal_state = 'open'
        or earlier.opportunity_id is null
        or earlier.deal_state = 'open'
        or coalesce(later.last_open_from > later.from_date, false)
        or (
            earlier.deal_state in ('won', 'lost')
            and later.deal_state in ('won', 'lost')
            and earlier.deal_state <> later.deal_state
        )
{%- endmacro %}
