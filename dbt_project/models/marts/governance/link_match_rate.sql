-- Grain: one row per link between two kinds of records. Counts only; a link without rows is a row of zeros.
-- rows_matched / row_count is the plan's match rate, rows_matched / rows_with_reference shows broken references
-- apart from missing ones. Plan 2.4 (G13).
with

links as (
    select 'opportunity_to_account' as link, account_reference as reference, customer_id as target_id
    from {{ ref('fct_opportunity') }}
    union all
    select 'opportunity_to_product' as link, product_reference as reference, product_id as target_id
    from {{ ref('fct_opportunity') }}
    union all
    select 'opportunity_to_employee' as link, owner_reference as reference, owner_employee_id as target_id
    from {{ ref('fct_opportunity') }}
    union all
    select 'order_to_customer' as link, buyer_reference as reference, customer_id as target_id
    from {{ ref('fct_order') }}
    union all
    select 'refund_to_order' as link, order_reference as reference, order_id as target_id
    from {{ ref('fct_refund_line') }}
    union all
    select 'meeting_to_opportunity' as link, opportunity_reference as reference, opportunity_id as target_id
    from {{ ref('fct_meeting') }}
    union all
    select 'approval_to_opportunity' as link, opportunity_reference as reference, opportunity_id as target_id
    from {{ ref('fct_approval') }}
),

link_names as (
    select
        unnest([
            'opportunity_to_account',
            'opportunity_to_product',
            'opportunity_to_employee',
            'order_to_customer',
            'refund_to_order',
            'meeting_to_opportunity',
            'approval_to_opportunity'
        ]) as link
),

final as (
    select
        cast(link_names.link as varchar) as link,
        cast(count(links.link) as bigint) as row_count,
        cast(count(links.reference) as bigint) as rows_with_reference,
        cast(count(*) filter (where links.reference is not null and links.target_id <> 'unknown') as bigint)
            as rows_matched
    from link_names
    left join links on link_names.link = links.link
    group by link_names.link
)

select * from final
