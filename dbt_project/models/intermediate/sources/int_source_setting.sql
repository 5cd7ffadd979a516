-- Grain: one row per source and source system that occurs in staging or in ops.source.
-- Rule: zone, currency and last covered day of a system; a system that nobody declared gets the project defaults
-- and is_declared = false, so that its rows are kept and the gap is visible.
with

declared as (
    select * from {{ ref('stg_ops__source') }}
),

run_context as (
    select * from {{ ref('stg_ops__run_context') }}
),

seen as (
    select 'crm' as source, source_system from {{ ref('stg_crm__opportunity') }}
    union
    select 'crm' as source, source_system from {{ ref('stg_crm__account') }}
    union
    select 'crm' as source, source_system from {{ ref('stg_crm__lead') }}
    union
    select 'oa' as source, source_system from {{ ref('stg_oa__approval_instance') }}
    union
    select 'meetings' as source, source_system from {{ ref('stg_mtg__meeting') }}
    union
    select 'ecommerce' as source, source_system from {{ ref('stg_ec__order') }}
    union
    select 'ecommerce' as source, source_system from {{ ref('stg_ec__order_item') }}
    union
    select 'ecommerce' as source, source_system from {{ ref('stg_ec__refund') }}
    union
    select 'crm' as source, source_system from {{ ref('stg_crm__user') }}
    union
    select 'hr' as source, source_system from {{ ref('stg_hr__assignment') }}
    union
    select 'finance' as source, source_system from {{ ref('stg_fin__budget') }}
    union
    select 'crm' as source, source_system from {{ ref('stg_crm__contract') }}
    union
    select 'crm' as source, source_system from {{ ref('stg_crm__contract_line') }}
    union
    select 'crm' as source, source_system from {{ ref('stg_crm__invoice') }}
    union
    select 'crm' as source, source_system from {{ ref('stg_crm__payment') }}
    union
    select 'ecommerce' as source, source_system from {{ ref('stg_ec__web_visit') }}
    union
    select 'ecommerce' as source, source_system from {{ ref('stg_mk__engagement') }}
    union
    select 'service' as source, source_system from {{ ref('stg_svc__survey_response') }}
    union
    select 'service' as source, source_system from {{ ref('stg_svc__ticket') }}
    union
    select 'finance' as source, source_system from {{ ref('stg_fin__expense') }}
    union
    select source, source_system from declared
),

final as (
    select
        seen.source,
        seen.source_system,
        coalesce(declared.business_zone, '{{ var("default_business_zone") }}') as business_zone,
        coalesce(declared.currency, '{{ var("default_currency") }}') as currency,
        coalesce(declared.data_through, run_context.as_of - 1) as data_through,
        declared.source is not null as is_declared
    from seen
    cross join run_context
    left join declared
        on
            seen.source = declared.source
            and seen.source_system = declared.source_system
)

select * from final
