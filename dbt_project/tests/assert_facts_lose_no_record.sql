-- Each record that is not deleted in staging is one row of its fact: joins neither drop nor double.
{{ config(meta={'dagster': {'ref': {'name': 'fct_order_line'}}}) }}

with

live_items as (
    select items.*
    from {{ ref('stg_ec__order_item') }} as items
    left join {{ ref('stg_ec__order') }} as headers
        on
            items.source_system = headers.source_system
            and items.platform = headers.platform
            and items.shop_id = headers.shop_id
            and items.order_id = headers.order_id
    where not items.is_deleted and not coalesce(headers.is_deleted, false)
),

counts as (
    select
        'opportunity' as fact,
        (select count(*) filter (where not is_deleted) from {{ ref('stg_crm__opportunity') }}) as staged_count,
        (select count(*) from {{ ref('fct_opportunity') }}) as fact_count
    union all
    select
        'approval' as fact,
        (select count(*) filter (where not is_deleted) from {{ ref('stg_oa__approval_instance') }}) as staged_count,
        (select count(*) from {{ ref('fct_approval') }}) as fact_count
    union all
    select
        'meeting' as fact,
        (select count(*) filter (where not is_deleted) from {{ ref('stg_mtg__meeting') }}) as staged_count,
        (select count(*) from {{ ref('fct_meeting') }}) as fact_count
    union all
    select
        'refund_line' as fact,
        (select count(*) filter (where not is_deleted) from {{ ref('stg_ec__refund') }}) as staged_count,
        (select count(*) from {{ ref('fct_refund_line') }}) as fact_count
    union all
    select
        'contract' as fact,
        (select count(*) filter (where not is_deleted) from {{ ref('stg_crm__contract') }}) as staged_count,
        (select count(*) from {{ ref('fct_contract') }}) as fact_count
    union all
    select
        'invoice' as fact,
        (select count(*) filter (where not is_deleted) from {{ ref('stg_crm__invoice') }}) as staged_count,
        (select count(*) from {{ ref('fct_invoice') }}) as fact_count
    union all
    select
        'payment' as fact,
        (select count(*) filter (where not is_deleted) from {{ ref('stg_crm__payment') }}) as staged_count,
        (select count(*) from {{ ref('fct_payment') }}) as fact_count
    union all
    select
        'survey_response' as fact,
        (select count(*) filter (where not is_deleted) from {{ ref('stg_svc__survey_response') }}) as staged_count,
        (select count(*) from {{ ref('fct_survey_response') }}) as fact_count
    union all
    select
        'ticket' as fact,
        (select count(*) filter (where not is_deleted) from {{ ref('stg_svc__ticket') }}) as staged_count,
        (select count(*) from {{ ref('fct_ticket') }}) as fact_count
    union all
    select
        'order_line' as fact,
        (select count(*) from live_items) as staged_count,
        (select count(*) from {{ ref('fct_order_line') }}) as fact_count
)

select * from counts
where staged_count <> fact_count
