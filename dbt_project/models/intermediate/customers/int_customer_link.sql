-- Grain: one row per CRM account, what it is tied to (node_id) and span of days in which it is: another account that
-- its source merged it into (source_merge), or a unified social credit code that it carries (same_credit_code, the
-- code after a '#').
-- Rule: read from the order of the delivered versions, so that a merge which is undone ends and a late version does
-- not reopen it. A merge counts from the day of the version that first names it, and so does a code; one that the
-- version delivered first carries counts from the day of the account. A code has 18 characters that are not all the
-- same; others are placeholders. Where a merge is undone and its target carries the same code that day, the code ties
-- the account no more: people have decided that the two are two customers. Of an account that shares another code they
-- have said nothing, and a code that comes later ties again. Plan 5.7.
with

versions as (
    select * from {{ ref('int_customer_version') }}
),

claims as (
    select
        customer_id,
        version_no,
        known_on as claimed_on,
        'source_merge' as reason,
        nullif(target_customer_id, customer_id) as node_id
    from versions
    where version_no > 0
    union all
    select
        customer_id,
        version_no,
        greatest(valid_from, created_on) as claimed_on,
        'same_credit_code' as reason,
        case
            when regexp_matches(credit_code, '^[0-9A-Z]{18}$') and trim(credit_code, credit_code[1]) <> ''
                then '#' || credit_code
        end as node_id
    from versions
),

compared as (
    select
        *,
        lag(node_id) over (partition by customer_id, reason order by version_no) as previous_node_id
    from claims
),

changes as (
    select
        customer_id,
        reason,
        node_id,
        previous_node_id,
        claimed_on as valid_from,
        lag(claimed_on) over (partition by customer_id, reason order by version_no) as changed_before_on,
        lead(claimed_on) over (partition by customer_id, reason order by version_no) as valid_to
    from compared
    where node_id is distinct from previous_node_id
),

undone as (
    select
        undoing.customer_id,
        undoing.valid_from as undone_on,
        target_codes.node_id
    from changes as undoing
    inner join changes as target_codes
        on
            undoing.previous_node_id = target_codes.customer_id
            and target_codes.reason = 'same_credit_code'
            and undoing.valid_from >= target_codes.valid_from
            and undoing.valid_from < coalesce(target_codes.valid_to, date '{{ var("open_future") }}')
    where undoing.reason = 'source_merge' and undoing.node_id is null and undoing.changed_before_on < undoing.valid_from
),

spans as (
    select
        changes.customer_id,
        changes.reason,
        changes.node_id,
        changes.valid_from,
        least(changes.valid_to, min(undone.undone_on)) as valid_to
    from changes
    left join undone
        on
            changes.customer_id = undone.customer_id
            and changes.node_id = undone.node_id
            and changes.valid_from <= undone.undone_on
    where changes.node_id is not null
    group by changes.customer_id, changes.reason, changes.node_id, changes.valid_from, changes.valid_to
),

final as (
    select * from spans
    where valid_to is null or valid_to > valid_from
)

select * from final
