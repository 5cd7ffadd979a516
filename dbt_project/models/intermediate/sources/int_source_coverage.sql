-- Grain: one row per source.
-- Rule: it is covered to the last day that all of its systems cover that still deliver.
with

settings as (
    select * from {{ ref('int_source_setting') }}
),

final as (
    select
        source,
        {{ covered_through('data_through') }} as data_through
    from settings
    group by source
)

select * from final
