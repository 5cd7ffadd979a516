-- Grain: one row per delivered version of a CRM account, in the order of its source, with what is judged by quarter.
-- Rule: a version holds from the business day of its updated_at (of its loading, where the source gives none) until
-- the next one. The earliest known version reaches back to the beginning: what was before it nobody has delivered. Of
-- several versions of one day the last holds, the others have an empty span. Plan 5.2, 5.7.
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
        versions.*,
        versions.source_system || ':' || versions.account_id as customer_id,
        coalesce(
            {{ business_date('versions.updated_at', 'settings.business_zone') }}, versions._load_date
        ) as told_on,
        row_number() over (
            partition by versions.source_system, versions.account_id
            order by
                versions.updated_at asc nulls first, versions._load_date asc, versions._batch_id asc,
                versions._row_no asc, versions._load_seq asc
        ) as version_no
    from versions
    inner join settings on versions.source_system = settings.source_system
),

-- Where only some versions say when they are of, a later one is not known before an earlier one.
ordered as (
    select
        *,
        max(told_on) over (
            partition by customer_id
            order by version_no
            rows between unbounded preceding and current row
        ) as known_on
    from dated
),

final as (
    select
        customer_id,
        version_no,
        known_on,
        case when version_no = 1 then date '{{ var("open_past") }}' else known_on end as valid_from,
        coalesce(
            lead(known_on) over (partition by customer_id order by version_no), date '{{ var("open_future") }}'
        ) as valid_to,
        source_system || ':' || nullif(trim(merged_into_id), '') as target_customer_id,
        industry,
        potential,
        expansion_plan is not null as has_expansion_plan,
        cooperation_depth,
        csm_user_id as csm_reference,
        source_system || ':' || csm_user_id as csm_employee_id,
        source_system || ':' || owner_user_id as owner_employee_id
    from ordered
)

select * from final
