-- Grain: one row per lead that ever had an owner.
-- Rule: the one that the earliest version with an owner names; later hand-overs change nothing of where the lead came
-- in. Plan 5.3, 5.7.
with

delivered as (
    select * from {{ ref('stg_crm__lead_version') }}
),

versions as (
    select
        delivered.source_system,
        delivered.lead_id,
        delivered.owner_user_id,
        row_number() over (
            partition by delivered.source_system, delivered.lead_id
            order by {{ version_order('delivered') }}
        ) as version_number
    from delivered
    where delivered.owner_user_id is not null and not delivered.is_deleted
),

final as (
    select source_system, lead_id, owner_user_id from versions
    where version_number = 1
)

select * from final
