-- A stage that the seed does not list makes a deal open for ever, even if the CRM means won or lost by it: list it.
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'stg_crm__opportunity_stage_history'}}}) }}

with

named as (
    select
        'opportunity' as delivered_in,
        source_system,
        stage_code
    from {{ ref('stg_crm__opportunity') }}
    where not is_deleted and stage_code is not null
    union all
    select
        'stage history' as delivered_in,
        source_system,
        to_stage_code as stage_code
    from {{ ref('stg_crm__opportunity_stage_history') }}
    where not is_deleted and to_stage_code is not null
)

select
    named.delivered_in,
    named.source_system,
    named.stage_code,
    count(*) as row_count
from named
anti join {{ ref('stage') }} as stage on named.stage_code = stage.stage_code
group by all
