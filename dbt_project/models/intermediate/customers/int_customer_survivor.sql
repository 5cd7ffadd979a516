-- Grain: one row per CRM account and span of days in which another account stands for it.
-- Rule: on each day accounts are one customer that the merges and the credit codes of that day tie together, over as
-- many steps as it takes. Of those that are merged into nothing the oldest that is not deleted stands for all; where
-- there is none, because merges run in a circle, each stands for itself. So a later merge, deletion or other code
-- moves no day before it. reason is source_merge where the account itself is merged that day. Plan 5.7.
with recursive

accounts as (
    select
        source_system || ':' || account_id as customer_id,
        created_at
    from {{ ref('stg_crm__account') }}
),

versions as (
    select * from {{ ref('int_customer_version') }}
),

all_links as (
    select * from {{ ref('int_customer_link') }}
),

shared_codes as (
    select node_id from all_links
    where reason = 'same_credit_code'
    group by node_id
    having count(distinct customer_id) > 1
),

-- A merge into an account that was never delivered, and a code that nobody shares, tie nothing.
links as (
    select all_links.* from all_links
    where
        (all_links.reason = 'source_merge' and all_links.node_id in (select accounts.customer_id from accounts))
        or all_links.node_id in (select shared_codes.node_id from shared_codes)
),

-- Who was ever tied together: a change on a day concerns these alone. `union` drops what was seen, so walks end.
ever_steps as (
    select customer_id as from_id, node_id as to_id from links
    union
    select node_id as from_id, customer_id as to_id from links
),

ever_walk as (
    select node_id as start_id, node_id as reached_id from links
    union
    select ever_walk.start_id, ever_steps.to_id as reached_id
    from ever_walk
    inner join ever_steps on ever_walk.reached_id = ever_steps.from_id
),

families as (
    select
        ever_walk.reached_id as customer_id,
        min(ever_walk.start_id) as family_id
    from ever_walk
    inner join accounts on ever_walk.reached_id = accounts.customer_id
    group by all
),

states as (
    select
        versions.customer_id,
        versions.valid_from,
        versions.valid_to,
        versions.is_deleted,
        lag(versions.is_deleted) over (partition by versions.customer_id order by versions.version_no) as was_deleted
    from versions
    inner join families on versions.customer_id = families.customer_id
    where versions.valid_to > versions.valid_from
),

days as (
    select families.family_id, links.valid_from as change_day
    from links
    inner join families on links.customer_id = families.customer_id
    union
    select families.family_id, links.valid_to as change_day
    from links
    inner join families on links.customer_id = families.customer_id
    where links.valid_to is not null
    union
    select families.family_id, states.valid_from as change_day
    from states
    inner join families on states.customer_id = families.customer_id
    where states.is_deleted <> states.was_deleted
),

day_links as (
    select days.change_day, links.customer_id, links.node_id, links.reason
    from links
    inner join families on links.customer_id = families.customer_id
    inner join days
        on
            families.family_id = days.family_id
            and links.valid_from <= days.change_day
            and coalesce(links.valid_to, date '{{ var("open_future") }}') > days.change_day
),

day_steps as (
    select change_day, customer_id as from_id, node_id as to_id from day_links
    union
    select change_day, node_id as from_id, customer_id as to_id from day_links
),

day_walk as (
    select change_day, node_id as start_id, node_id as reached_id from day_links
    union
    select day_walk.change_day, day_walk.start_id, day_steps.to_id as reached_id
    from day_walk
    inner join day_steps
        on day_walk.change_day = day_steps.change_day and day_walk.reached_id = day_steps.from_id
),

day_groups as (
    select change_day, reached_id as customer_id, min(start_id) as group_id from day_walk
    group by all
),

day_merges as (
    select change_day, customer_id from day_links
    where reason = 'source_merge'
),

day_accounts as (
    select
        families.customer_id,
        days.change_day,
        day_groups.group_id,
        day_merges.customer_id is not null as is_merged,
        accounts.created_at,
        states.is_deleted
    from families
    inner join days on families.family_id = days.family_id
    inner join accounts on families.customer_id = accounts.customer_id
    inner join states
        on
            families.customer_id = states.customer_id
            and days.change_day >= states.valid_from
            and days.change_day < states.valid_to
    left join day_groups
        on families.customer_id = day_groups.customer_id and days.change_day = day_groups.change_day
    left join day_merges
        on families.customer_id = day_merges.customer_id and days.change_day = day_merges.change_day
),

ranked as (
    select
        change_day,
        group_id,
        customer_id,
        row_number() over (
            partition by change_day, group_id
            order by is_deleted asc, created_at asc nulls last, customer_id asc
        ) as age_rank
    from day_accounts
    where group_id is not null and not is_merged
),

stood_for as (
    select
        day_accounts.customer_id,
        day_accounts.change_day,
        coalesce(ranked.customer_id, day_accounts.customer_id) as survivor_customer_id,
        case when day_accounts.is_merged then 'source_merge' else 'same_credit_code' end as reason
    from day_accounts
    left join ranked
        on
            day_accounts.change_day = ranked.change_day
            and day_accounts.group_id = ranked.group_id
            and ranked.age_rank = 1
),

compared as (
    select
        *,
        lag(survivor_customer_id) over (partition by customer_id order by change_day) as previous_survivor_id,
        lag(reason) over (partition by customer_id order by change_day) as previous_reason
    from stood_for
),

changes as (
    select
        customer_id,
        survivor_customer_id,
        reason,
        change_day as valid_from,
        lead(change_day) over (partition by customer_id order by change_day) as valid_to
    from compared
    where
        survivor_customer_id is distinct from previous_survivor_id
        or reason is distinct from previous_reason
),

final as (
    select * from changes
    where survivor_customer_id <> customer_id
)

select * from final
