-- Grain: one row per CRM account and span of days in which its source says that it is merged into another account.
-- Rule: read from the order of the delivered versions, so that a merge which is undone ends and a late version does
-- not reopen it. A merge counts from the day of the version that first names it. Plan 5.7.
with

versions as (
    select * from {{ ref('int_customer_version') }}
    where version_no > 0
),

compared as (
    select
        *,
        lag(target_customer_id) over (partition by customer_id order by version_no) as previous_target_id
    from versions
),

changes as (
    select
        customer_id,
        target_customer_id,
        known_on,
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
