-- Grain: one row per CRM account and span of days in which another account stands for it.
-- Rule: a merge of the source (reason source_merge) counts from the day it is known until it is undone; a shared
-- credit code (same_credit_code) from the day on which both accounts exist and carry it. A row ends where another
-- account takes over. Closing a row undoes the merge: facts keep the account of their document. An account without a
-- row stands for itself. Plan 5.7.
with

accounts as (
    select
        source_system,
        source_system || ':' || account_id as customer_id,
        account_id as source_customer_id
    from {{ ref('stg_crm__account') }}
),

survivors as (
    select * from {{ ref('int_customer_survivor') }}
),

final as (
    select
        cast(survivors.customer_id as varchar) as customer_id,
        cast(survivors.survivor_customer_id as varchar) as survivor_customer_id,
        cast(accounts.source_system as varchar) as source_system,
        cast(accounts.source_customer_id as varchar) as source_customer_id,
        cast(survivors.reason as varchar) as reason,
        cast(survivors.valid_from as date) as valid_from,
        cast(survivors.valid_to as date) as valid_to,
        cast(survivors.valid_to is null as boolean) as is_current
    from survivors
    inner join accounts on survivors.customer_id = accounts.customer_id
)

select * from final
