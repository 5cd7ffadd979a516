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
    {% for staged, fact in [
        ('stg_crm__opportunity', 'fct_opportunity'),
        ('stg_oa__approval_instance', 'fct_approval'),
        ('stg_mtg__meeting', 'fct_meeting'),
        ('stg_ec__refund', 'fct_refund_line'),
        ('stg_crm__contract', 'fct_contract'),
        ('stg_crm__invoice', 'fct_invoice'),
        ('stg_crm__payment', 'fct_payment'),
        ('stg_svc__survey_response', 'fct_survey_response'),
        ('stg_svc__ticket', 'fct_ticket'),
        ('stg_crm__lead', 'fct_lead'),
        ('stg_crm__quote', 'fct_quote'),
        ('stg_crm__activity', 'fct_activity'),
        ('stg_crm__change_log', 'fct_record_change'),
        ('stg_oa__approval_task', 'fct_approval_step'),
        ('stg_mk__engagement', 'fct_campaign_engagement'),
        ('stg_mtg__attendee', 'fct_meeting_attendee'),
        ('stg_fin__expense', 'fct_expense'),
    ] %}
        select
            '{{ fact }}' as fact,
            (select count(*) filter (where not is_deleted) from {{ ref(staged) }}) as staged_count,
            (select count(*) from {{ ref(fact) }}) as fact_count
        union all
    {% endfor %}
    select
        'fct_order_line' as fact,
        (select count(*) from live_items) as staged_count,
        (select count(*) from {{ ref('fct_order_line') }}) as fact_count
)

select * from counts
where staged_count <> fact_count
