-- Grain: one row per order channel: from which day to which day its documents are known.
-- Rule: no source states when its books begin, so they begin with the month of the first document: who trades every
-- month would otherwise lose a whole year to a holiday of a few days. A year that starts before covered_from is in part
-- unknown, so nothing is compared with it and nobody has left since.
with

documents as (
    select 'contract' as order_channel, signed_on as document_on from {{ ref('fct_contract') }}
    union all
    select order_channel, ordered_on as document_on from {{ ref('fct_order') }}
),

opened as (
    select
        order_channel,
        min(document_on) as opened_on
    from documents
    group by order_channel
),

coverage as (
    select
        case source when 'crm' then 'contract' else 'shop' end as order_channel,
        max(data_through) as data_through
    from {{ ref('int_source_setting') }}
    where source in ('crm', 'ecommerce')
    group by source
),

final as (
    select
        coverage.order_channel,
        opened.opened_on,
        {{ month_start('opened.opened_on') }} as covered_from,
        coverage.data_through
    from coverage
    left join opened on coverage.order_channel = opened.order_channel
)

select * from final
