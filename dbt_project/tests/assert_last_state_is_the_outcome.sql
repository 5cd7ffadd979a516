-- What the pipeline says of a deal at last is what the deal is now; else open and won amounts of the bridge are wrong.
{{ config(meta={'dagster': {'ref': {'name': 'fct_opportunity_state'}}}) }}

select
    opportunities.opportunity_id,
    opportunities.outcome,
    states.deal_state
from {{ ref('fct_opportunity') }} as opportunities
inner join {{ ref('fct_opportunity_state') }} as states
    on opportunities.opportunity_id = states.opportunity_id
where states.valid_to is null and opportunities.outcome <> states.deal_state
