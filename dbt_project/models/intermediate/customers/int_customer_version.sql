-- Grain: one row per delivered version of a CRM account, in the order of its source, with what is judged by quarter;
-- version 0 is what holds before the earliest.
-- Rule: a version holds from the business day of its updated_at until the next one; from the day of its loading where
-- the source gives none, or brings it later than the version before and leaves updated_at as it was, as some do that
-- delete or merge. What was before the earliest nobody has delivered: the version that was delivered first stands for
-- it, so that one which comes later moves no day before its own. Of several versions of one day the last holds, the
-- others have an empty span. Plan 5.2, 5.7.
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
        case
            when
                versions.updated_at = lag(versions.updated_at) over account_versions
                and versions._load_date > lag(versions._load_date) over account_versions
                then versions._load_date
            else coalesce({{ business_date('versions.updated_at', 'settings.business_zone') }}, versions._load_date)
        end as told_on,
        {{ business_date('versions.created_at', 'settings.business_zone') }} as created_on,
        row_number() over account_versions as version_no
    from versions
    inner join settings on versions.source_system = settings.source_system
    window account_versions as (
        partition by versions.source_system, versions.account_id order by {{ version_order('versions') }}
    )
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

delivered as (
    select
        *,
        row_number() over (partition by customer_id order by _load_date, version_no) as delivery_no,
        min(known_on) over (partition by customer_id) as earliest_on
    from ordered
),

spans as (
    select
        *,
        known_on as valid_from,
        lead(known_on) over (partition by customer_id order by version_no) as ends_on
    from delivered
    union all by name
    select
        * exclude (version_no, known_on),
        0 as version_no,
        null as known_on,
        date '{{ var("open_past") }}' as valid_from,
        earliest_on as ends_on
    from delivered
    where delivery_no = 1
),

final as (
    select
        customer_id,
        version_no,
        known_on,
        valid_from,
        coalesce(ends_on, date '{{ var("open_future") }}') as valid_to,
        created_on,
        is_deleted,
        upper(trim(credit_code)) as credit_code,
        source_system || ':' || nullif(trim(merged_into_id), '') as target_customer_id,
        industry,
        potential,
        expansion_plan is not null as has_expansion_plan,
        cooperation_depth,
        csm_user_id as csm_reference,
        source_system || ':' || csm_user_id as csm_employee_id,
        source_system || ':' || owner_user_id as owner_employee_id
    from spans
)

select * from final
