-- Grain: one row per opportunity and first day of a span under one owner, the first span from the open past on; without
-- an owner it is a span of nobody (owner_user_id NULL).
-- Rule: a version tells the owner from the day of its change on; who owned the deal before the first version that was
-- delivered is taken to be the one that it names. Plan 5.7.
with

versions as (
    select * from {{ ref('stg_crm__opportunity_version') }}
    where not is_deleted
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

dated as (
    select
        versions.source_system,
        versions.opportunity_id,
        versions.owner_user_id,
        coalesce({{ business_date('versions.updated_at', 'settings.business_zone') }}, versions._load_date - 1)
            as known_on,
        row_number() over (
            partition by versions.source_system, versions.opportunity_id
            order by {{ version_order('versions') }}
        ) as version_number
    from versions
    inner join settings on versions.source_system = settings.source_system
),

compared as (
    select
        *,
        lag(owner_user_id) over (
            partition by source_system, opportunity_id
            order by version_number
        ) as previous_owner_user_id
    from dated
),

final as (
    select
        source_system,
        opportunity_id,
        owner_user_id,
        case when version_number = 1 then date '{{ var("open_past") }}' else known_on end as owned_from
    from compared
    where version_number = 1 or owner_user_id is distinct from previous_owner_user_id
    qualify
        row_number() over (
            partition by source_system, opportunity_id, owned_from
            order by version_number desc
        ) = 1
)

select * from final
