-- Grain: one row per order channel that has a document: from which day to which day its documents are known.
-- Rule: no source states when its books begin, so they begin with the month of the first document: who trades every
-- month would otherwise lose a whole year to a holiday of a few days. A year that starts before covered_from is in part
-- unknown, so nothing is compared with it and nobody has left since. They end where the first of the systems does that
-- hold documents of the channel and still deliver: a mailing system that reaches further knows nothing of orders.
with

documents as (
    select
        'contract' as order_channel,
        'crm' as source,
        source_system,
        signed_on as document_on
    from {{ ref('fct_contract') }}
    union all
    select order_channel, 'ecommerce' as source, source_system, ordered_on as document_on
    from {{ ref('fct_order') }}
),

systems as (
    select
        order_channel,
        source,
        source_system,
        min(document_on) as opened_on
    from documents
    group by all
),

final as (
    select
        systems.order_channel,
        min(systems.opened_on) as opened_on,
        {{ month_start('min(systems.opened_on)') }} as covered_from,
        {{ covered_through('settings.data_through') }} as data_through
    from systems
    inner join {{ ref('int_source_setting') }} as settings
        on systems.source = settings.source and systems.source_system = settings.source_system
    group by systems.order_channel
)

select * from final
