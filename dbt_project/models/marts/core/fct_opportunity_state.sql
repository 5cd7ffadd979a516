-- Grain: one row per opportunity and span of business days over which it stood the same at the end of the day, deleted
-- opportunities, too.
-- What the pipeline was on any day: valid_from <= day and (valid_to is null or day < valid_to). A deal that is closed
-- for good is worth what its newest version says, so that won deals add up to core.fct_opportunity; one that was
-- reopened was closed at what it was worth then. Plan 5.1, 5.7.
with

events as (
    select * from {{ ref('int_opportunity_fact_event') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

newest as (
    select
        source_system,
        opportunity_id,
        currency,
        coalesce(amount_fen, 0) as newest_amount_fen,
        amount_fen is null as has_no_amount
    from {{ ref('stg_crm__opportunity') }}
),

employees as (
    select * from {{ ref('dim_employee') }}
),

carried as (
    select
        events.source_system,
        events.opportunity_id,
        events.happened_at,
        events.event_rank,
        events.event_number,
        last_value(events.deal_state ignore nulls) over so_far as deal_state,
        last_value(events.amount_fen ignore nulls) over so_far as amount_fen,
        last_value(events.expected_close_on ignore nulls) over so_far as expected_close_on,
        last_value(events.owner_user_id ignore nulls) over so_far as owner_user_id,
        last_value(events.is_deleted ignore nulls) over so_far as is_deleted
    from events
    window so_far as (
        partition by events.source_system, events.opportunity_id
        order by events.happened_at, events.event_rank, events.event_number
        rows between unbounded preceding and current row
    )
),

days as (
    select
        carried.*,
        {{ business_date('carried.happened_at', 'settings.business_zone') }} as state_on
    from carried
    inner join settings on carried.source_system = settings.source_system
),

day_ends as (
    select * from days
    qualify
        row_number() over (
            partition by source_system, opportunity_id, state_on
            order by happened_at desc, event_rank desc, event_number desc
        ) = 1
),

with_last_open as (
    select
        *,
        max(case when deal_state = 'open' and not is_deleted then state_on end)
            over (partition by source_system, opportunity_id) as last_open_on
    from day_ends
),

judged as (
    select
        day_ends.source_system,
        day_ends.opportunity_id,
        day_ends.state_on,
        case when day_ends.is_deleted then 'deleted' else day_ends.deal_state end as deal_state,
        case
            when
                not day_ends.is_deleted
                and day_ends.deal_state <> 'open'
                and (day_ends.deal_state = 'won' or not newest.has_no_amount)
                and day_ends.state_on > coalesce(day_ends.last_open_on, date '{{ var("open_past") }}')
                then newest.newest_amount_fen
            else day_ends.amount_fen
        end as amount_fen,
        day_ends.expected_close_on,
        day_ends.owner_user_id,
        newest.currency
    from with_last_open as day_ends
    inner join newest
        on
            day_ends.source_system = newest.source_system
            and day_ends.opportunity_id = newest.opportunity_id
),

keyed as (
    select
        *,
        row(deal_state, amount_fen, expected_close_on, owner_user_id) as state_key
    from judged
),

compared as (
    select
        *,
        lag(state_key) over (partition by source_system, opportunity_id order by state_on) as previous_state_key
    from keyed
),

spans as (
    select
        *,
        lead(state_on) over (partition by source_system, opportunity_id order by state_on) as valid_to,
        max(case when deal_state = 'open' then state_on end) over (
            partition by source_system, opportunity_id
            order by state_on
        ) as last_open_from
    from compared
    where state_key is distinct from previous_state_key
),

final as (
    select
        cast(spans.source_system || ':' || spans.opportunity_id as varchar) as opportunity_id,
        cast(spans.state_on as date) as valid_from,
        cast(spans.valid_to as date) as valid_to,
        cast(spans.deal_state as varchar) as deal_state,
        cast(coalesce(employees.employee_id, 'unknown') as varchar) as owner_employee_id,
        cast(coalesce(employees.region_id, 'unknown') as varchar) as region_id,
        cast(spans.amount_fen as bigint) as amount_fen,
        cast(coalesce(spans.currency, settings.currency) as varchar) as currency,
        cast(spans.expected_close_on as date) as expected_close_on,
        cast(spans.last_open_from as date) as last_open_from
    from spans
    inner join settings on spans.source_system = settings.source_system
    left join employees on spans.source_system || ':' || spans.owner_user_id = employees.employee_id
)

select * from final
