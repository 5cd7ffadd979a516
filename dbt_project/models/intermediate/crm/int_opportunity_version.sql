-- Grain: one row per delivered version of an opportunity, in the order of its source, with the instant from which it is
-- true.
-- Rule: that of its updated_at; a version without a clock of its own is true of the day before it was delivered, or of
-- the last covered day. Plan 5.1.
with

delivered as (
    select * from {{ ref('stg_crm__opportunity_version') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

final as (
    select
        delivered.*,
        settings.business_zone,
        coalesce(
            delivered.updated_at,
            timezone(
                settings.business_zone,
                cast(least(delivered._load_date, settings.data_through + 1) as timestamp) - interval 1 second
            )
        ) as known_at,
        row_number() over (
            partition by delivered.source_system, delivered.opportunity_id
            order by {{ version_order('delivered') }}
        ) as version_number
    from delivered
    inner join settings on delivered.source_system = settings.source_system
)

select * from final
