-- Grain: one row per opportunity that is not deleted, with the region that it counts for as it was.
-- Rule: the region, on the day of closing or on the last covered day while it is open, of who owned the deal that day:
-- a hand-over after the close moves no closed period. An owner who had left
-- by then counts where the last span was, one who came later where the first was (region_basis says which). Plan 5.7.
with

opportunities as (
    select * from {{ ref('stg_crm__opportunity') }}
),

outcomes as (
    select * from {{ ref('int_opportunity_outcome') }}
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'crm'
),

owners as (
    select * from {{ ref('int_opportunity_owner') }}
),

assignments as (
    select * from {{ ref('int_employee_service') }}
),

dated as (
    select
        opportunities.source_system,
        opportunities.opportunity_id,
        coalesce(outcomes.closed_on, settings.data_through) as counts_on
    from opportunities
    inner join outcomes
        on
            opportunities.source_system = outcomes.source_system
            and opportunities.opportunity_id = outcomes.opportunity_id
    inner join settings on opportunities.source_system = settings.source_system
),

owned as (
    select
        dated.*,
        owners.source_system || ':' || owners.owner_user_id as owner_employee_id
    from dated
    asof left join owners
        on
            dated.source_system = owners.source_system
            and dated.opportunity_id = owners.opportunity_id
            and dated.counts_on >= owners.owned_from
),

final as (
    select
        owned.source_system,
        owned.opportunity_id,
        coalesce(assignments.region_id, 'unknown') as region_id_as_was,
        case
            when assignments.employee_id is null then 'unknown'
            when assignments.assignment_basis in ('crm_user', 'gap') then assignments.assignment_basis
            when owned.counts_on < assignments.valid_from then 'first_assignment'
            when owned.counts_on >= assignments.valid_to then 'last_assignment'
            else 'assignment'
        end as region_basis
    from owned
    asof left join assignments
        on
            owned.owner_employee_id = assignments.employee_id
            and owned.counts_on >= assignments.serves_from
)

select * from final
