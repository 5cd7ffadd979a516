-- Grain: one row per opportunity and first day of a span under one owner, the first span from the open past on; without
-- an owner it is a span of nobody (owner_user_id NULL).
-- Rule: a version tells the owner from the day of its change on; who owned the deal before the first version that was
-- delivered is taken to be the one that it names. Plan 5.7.
with

versions as (
    select
        *,
        {{ business_date('known_at', 'business_zone') }} as known_on
    from {{ ref('int_opportunity_version') }}
    where not is_deleted
),

compared as (
    select
        *,
        row_number() over (partition by source_system, opportunity_id order by version_number) = 1 as is_first,
        lag(owner_user_id) over (
            partition by source_system, opportunity_id
            order by version_number
        ) as previous_owner_user_id
    from versions
),

final as (
    select
        source_system,
        opportunity_id,
        owner_user_id,
        case when is_first then date '{{ var("open_past") }}' else known_on end as owned_from
    from compared
    where is_first or owner_user_id is distinct from previous_owner_user_id
    qualify
        row_number() over (
            partition by source_system, opportunity_id, owned_from
            order by version_number desc
        ) = 1
)

select * from final
