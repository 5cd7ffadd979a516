-- Grain: one row per CRM account and span of days in which its source says that it is merged into another account.
-- Rule: read from the order of the delivered versions, so that a merge which is undone ends and a late version does
-- not reopen it. A merge counts from the day of the version that first names it. Plan 5.7.
with

versions as (
    select * from {{ ref('stg_crm__account_version') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

dated as (
    select
        versions.source_system || ':' || versions.account_id as customer_id,
        versions.source_system || ':' || nullif(trim(versions.merged_into_id), '') as target_customer_id,
        coalesce(
            {{ business_date('versions.updated_at', 'settings.business_zone') }}, versions._load_date
        ) as known_on,
        row_number() over (
            partition by versions.source_system, versions.account_id
            order by
                versions.updated_at asc nulls first, versions._load_date asc, versions._batch_id asc,
                versions._row_no asc, versions._load_seq asc
        ) as version_no
    from versions
    inner join settings on versions.source_system = settings.source_system
),

compared as (
    select
        *,
        lag(target_customer_id) over (partition by customer_id order by version_no) as previous_target_id
    from dated
),

changes as (
    select
        *,
        lead(known_on) over (partition by customer_id order by version_no) as valid_to
    from compared
    where version_no = 1 or target_customer_id is distinct from previous_target_id
),

final as (
    select
        customer_id,
        target_customer_id,
        known_on as valid_from,
        valid_to
    from changes
    where
        target_customer_id is not null
        and target_customer_id <> customer_id
        and (valid_to is null or valid_to > known_on)
)

select * from final
