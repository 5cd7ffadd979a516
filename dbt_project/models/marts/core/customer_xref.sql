-- Grain: one row per CRM account and span of days in which another account stands for it.
-- Rule: a merge of the source (reason source_merge) counts from the day it is known until it is undone; a shared
-- credit code (same_credit_code) from the day on which both exist until a merge says the same. Closing a row undoes
-- the merge: facts keep the account of their document. An account without a row stands for itself. Plan 5.7.
with

accounts as (
    select
        source_system,
        source_system || ':' || account_id as customer_id,
        account_id as source_customer_id,
        created_at
    from {{ ref('stg_crm__account') }}
),

windows as (
    select * from {{ ref('int_customer_merge_window') }}
),

survivors as (
    select * from {{ ref('int_customer_survivor') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

created as (
    select
        accounts.customer_id,
        coalesce({{ business_date('accounts.created_at', 'settings.business_zone') }}, date '1900-01-01')
            as created_on
    from accounts
    inner join settings on accounts.source_system = settings.source_system
),

-- The end of the chain as known today; a merge that is over keeps the account that it named.
source_merges as (
    select
        windows.customer_id,
        case
            when windows.valid_to is null then survivors.survivor_customer_id
            else windows.target_customer_id
        end as survivor_customer_id,
        'source_merge' as reason,
        windows.valid_from,
        windows.valid_to
    from windows
    inner join survivors on windows.customer_id = survivors.customer_id
),

first_merges as (
    select customer_id, min(valid_from) as merged_on from windows
    group by customer_id
),

code_matches as (
    select
        survivors.customer_id,
        survivors.survivor_customer_id,
        'same_credit_code' as reason,
        greatest(own_created.created_on, stand_in_created.created_on) as valid_from,
        first_merges.merged_on as valid_to
    from survivors
    inner join created as own_created on survivors.customer_id = own_created.customer_id
    inner join created as stand_in_created
        on survivors.survivor_customer_id = stand_in_created.customer_id
    inner join survivors as stand_ins
        on
            survivors.survivor_customer_id = stand_ins.customer_id
            and survivors.credit_code = stand_ins.credit_code
    left join first_merges on survivors.customer_id = first_merges.customer_id
    where survivors.customer_id <> survivors.survivor_customer_id
),

united as (
    select * from source_merges
    where customer_id <> survivor_customer_id
    union all
    select * from code_matches
    where valid_to is null or valid_from < valid_to
),

final as (
    select
        cast(united.customer_id as varchar) as customer_id,
        cast(united.survivor_customer_id as varchar) as survivor_customer_id,
        cast(accounts.source_system as varchar) as source_system,
        cast(accounts.source_customer_id as varchar) as source_customer_id,
        cast(united.reason as varchar) as reason,
        cast(united.valid_from as date) as valid_from,
        cast(united.valid_to as date) as valid_to,
        cast(united.valid_to is null as boolean) as is_current
    from united
    inner join accounts on united.customer_id = accounts.customer_id
)

select * from final
