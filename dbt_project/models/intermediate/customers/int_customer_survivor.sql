-- Grain: one row per CRM account, with the account that stands for it today.
-- Rule: first the merges of the source, followed to the end of the chain; then accounts that share a valid unified
-- social credit code (18 characters): the oldest that is not deleted stands for all. An account whose merge was
-- undone is matched by nothing but a new merge: people have decided that it is another customer. Plan 5.7.
with recursive

accounts as (
    select
        source_system || ':' || account_id as customer_id,
        case when regexp_matches(upper(trim(credit_code)), '^[0-9A-Z]{18}$') then upper(trim(credit_code)) end
            as credit_code,
        is_deleted,
        created_at
    from {{ ref('stg_crm__account') }}
),

windows as (
    select * from {{ ref('int_customer_merge_window') }}
),

-- A merge into an account that was never delivered leaves the account standing for itself.
edges as (
    select windows.customer_id, windows.target_customer_id
    from windows
    inner join accounts on windows.target_customer_id = accounts.customer_id
    where windows.valid_to is null
),

-- `union` drops what was seen, so that a circle of merges ends; its members stand for themselves.
walk as (
    select customer_id, target_customer_id as reached_id from edges
    union
    select walk.customer_id, edges.target_customer_id as reached_id
    from walk
    inner join edges on walk.reached_id = edges.customer_id
),

roots as (
    select walk.customer_id, min(walk.reached_id) as root_id
    from walk
    left join edges on walk.reached_id = edges.customer_id
    where edges.customer_id is null
    group by walk.customer_id
),

separated as (
    select customer_id from windows
    group by customer_id
    having bool_and(valid_to is not null)
),

rooted as (
    select
        accounts.*,
        coalesce(roots.root_id, accounts.customer_id) as root_id
    from accounts
    left join roots on accounts.customer_id = roots.customer_id
),

by_code as (
    select
        rooted.customer_id,
        first_value(rooted.customer_id) over (
            partition by rooted.credit_code
            order by rooted.is_deleted asc, rooted.created_at asc nulls last, rooted.customer_id asc
        ) as survivor_id
    from rooted
    left join separated on rooted.customer_id = separated.customer_id
    where
        rooted.customer_id = rooted.root_id
        and rooted.credit_code is not null
        and separated.customer_id is null
),

final as (
    select
        rooted.customer_id,
        rooted.root_id,
        rooted.credit_code,
        coalesce(by_code.survivor_id, rooted.root_id) as survivor_customer_id
    from rooted
    left join by_code on rooted.root_id = by_code.customer_id
)

select * from final
