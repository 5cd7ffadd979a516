-- Grain: one row per complete quarter and customer of the CRM in scope of a revisit: it ordered within the value
-- window. place ranks the purchase of the window.
-- Rule: what was done counts for who stood for the account at the end of the quarter, as the scope does; a later merge
-- moves nothing. Owner and customer success manager are those of the account's version of that day, of the customer
-- itself before those of its merged accounts; the manager counts while employed. A WeCom contact counts from the day on
-- which it was added; one removed since is not known any more. Surveys are NULL before the first quarter in which any
-- was sent and where their sources do not cover the quarter, WeCom where no contact of an account is in it, the manager
-- where no account ever had one: not delivered is not none. Plan 5.2, 5.7, 6.3, 7.1 (C24, C25, D2, E26).
with

segments as (
    select * from {{ ref('int_customer_segment_history') }}
),

survivors as (
    select * from {{ ref('int_customer_quarter_survivor') }}
    where basis = 'actual'
),

customers as (
    select customer_id, customer_origin, created_on from {{ ref('dim_customer') }}
),

versions as (
    select * from {{ ref('int_customer_version') }}
),

employees as (
    select * from {{ ref('dim_employee') }}
    where employee_id <> 'unknown'
),

followers as (
    select * from {{ ref('int_customer_wecom_follower') }}
),

quarters as (
    select * from {{ ref('int_segment_quarter') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'service'
),

rules as (
    select * from {{ ref('int_customer_rule') }}
),

revisits as (
    select
        customer_id,
        cast(date_trunc('quarter', touched_on) as date) as quarter,
        count(*) as revisit_count,
        max(touched_on) as last_revisit_on
    from {{ ref('int_customer_touch') }}
    where is_revisit
    group by all
),

surveys as (
    select
        customer_id,
        source_system,
        cast(date_trunc('quarter', sent_on) as date) as quarter,
        count(*) as survey_count
    from {{ ref('fct_survey_response') }}
    where sent_on is not null
    group by all
),

survey_span as (
    select
        min(surveys.quarter) as surveys_from,
        {{ covered_through('settings.data_through') }} as surveys_through
    from surveys
    inner join settings on surveys.source_system = settings.source_system
),

wecom as (
    select count(*) > 0 as is_delivered from followers
),

success as (
    select count(*) > 0 as is_delivered from versions
    where csm_reference is not null
),

in_scope as (
    select
        segments.*,
        quarters.quarter_end,
        row_number() over (
            partition by segments.quarter
            order by segments.window_fen desc nulls last, segments.customer_id asc
        ) as place
    from segments
    inner join quarters on segments.quarter = quarters.quarter_start
    inner join customers on segments.customer_id = customers.customer_id
    where customers.customer_origin = 'crm' and segments.last_order_on >= quarters.window_start
),

-- The accounts that the customer stood for at the end of the quarter, its own first.
accounts as (
    select
        quarter,
        quarter_end,
        customer_id,
        customer_id as account_customer_id,
        true as is_own
    from in_scope
    union all
    select
        in_scope.quarter,
        in_scope.quarter_end,
        in_scope.customer_id,
        survivors.customer_id as account_customer_id,
        false as is_own
    from in_scope
    inner join survivors
        on
            in_scope.quarter = survivors.quarter_start
            and in_scope.customer_id = survivors.survivor_customer_id
),

account_revisits as (
    select
        accounts.quarter,
        accounts.customer_id,
        sum(revisits.revisit_count) as revisit_count,
        max(revisits.last_revisit_on) as last_revisit_on
    from accounts
    inner join revisits
        on accounts.account_customer_id = revisits.customer_id and accounts.quarter = revisits.quarter
    group by all
),

account_surveys as (
    select
        accounts.quarter,
        accounts.customer_id,
        sum(surveys.survey_count) as survey_count
    from accounts
    inner join surveys on accounts.account_customer_id = surveys.customer_id and accounts.quarter = surveys.quarter
    group by all
),

account_followers as (
    select
        accounts.quarter,
        accounts.customer_id,
        coalesce(min(followers.first_added_on), date '{{ var("open_past") }}') as first_added_on
    from accounts
    inner join followers on accounts.account_customer_id = followers.customer_id
    group by all
),

account_people as (
    select
        accounts.quarter,
        accounts.quarter_end,
        accounts.customer_id,
        arg_min(
            versions.owner_employee_id, (not accounts.is_own, customers.created_on, accounts.account_customer_id)
        ) filter (where versions.owner_employee_id is not null) as owner_employee_id,
        arg_min(
            versions.csm_employee_id, (not accounts.is_own, customers.created_on, accounts.account_customer_id)
        ) filter (where versions.csm_employee_id is not null) as csm_employee_id,
        arg_min(
            versions.csm_reference, (not accounts.is_own, customers.created_on, accounts.account_customer_id)
        ) filter (where versions.csm_reference is not null) as csm_reference
    from accounts
    inner join customers on accounts.account_customer_id = customers.customer_id
    inner join versions
        on
            accounts.account_customer_id = versions.customer_id
            and accounts.quarter_end >= versions.valid_from
            and accounts.quarter_end < versions.valid_to
    group by all
),

-- Who is no longer active and has no day of leaving was employed until nobody knows when: not counted.
people as (
    select
        account_people.quarter,
        account_people.customer_id,
        coalesce(owners.employee_id, 'unknown') as owner_employee_id,
        account_people.csm_reference,
        coalesce(
            account_people.quarter_end >= coalesce(managers.hired_on, account_people.quarter_end)
            and account_people.quarter_end <= coalesce(managers.left_on, account_people.quarter_end)
            and (managers.left_on is not null or coalesce(managers.is_active, true)),
            false
        ) and managers.employee_id is not null as has_csm
    from account_people
    left join employees as owners on account_people.owner_employee_id = owners.employee_id
    left join employees as managers on account_people.csm_employee_id = managers.employee_id
),

final as (
    select
        in_scope.customer_id,
        in_scope.quarter,
        in_scope.value_tier,
        in_scope.segment_code,
        in_scope.window_fen,
        in_scope.annual_fen,
        in_scope.place,
        in_scope.place <= rules.top_customer_count as is_top,
        coalesce(people.owner_employee_id, 'unknown') as owner_employee_id,
        people.csm_reference,
        case when success.is_delivered then coalesce(people.has_csm, false) end as has_csm,
        coalesce(account_revisits.revisit_count, 0) as revisit_count,
        account_revisits.last_revisit_on,
        case
            when
                in_scope.quarter >= survey_span.surveys_from
                and in_scope.quarter_end <= survey_span.surveys_through
                then coalesce(account_surveys.survey_count, 0)
        end as survey_count,
        case
            when wecom.is_delivered then coalesce(account_followers.first_added_on <= in_scope.quarter_end, false)
        end as has_wecom_contact
    from in_scope
    cross join rules
    cross join survey_span
    cross join wecom
    cross join success
    left join people on in_scope.quarter = people.quarter and in_scope.customer_id = people.customer_id
    left join account_revisits
        on in_scope.quarter = account_revisits.quarter and in_scope.customer_id = account_revisits.customer_id
    left join account_surveys
        on in_scope.quarter = account_surveys.quarter and in_scope.customer_id = account_surveys.customer_id
    left join account_followers
        on in_scope.quarter = account_followers.quarter and in_scope.customer_id = account_followers.customer_id
)

select * from final
