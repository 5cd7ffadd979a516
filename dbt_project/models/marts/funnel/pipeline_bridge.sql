-- Grain: one row per pair of dates, horizon, way of naming the owner, owner, currency and movement.
-- Everything between opening and closing is signed: opening + all movements = closing, in deals and in fen, for every
-- owner. `then` names the owner of the day, so deals that changed hands are transferred; `now` names today's owner.
with

movements as (
    select * from {{ ref('int_pipeline_bridge_deal') }}
),

employees as (
    select * from {{ ref('dim_employee') }}
),

based as (
    select
        movements.*,
        bases.owner_basis,
        case bases.owner_basis when 'then' then movements.owner_then else movements.owner_now end as owner_employee_id
    from movements
    cross join (values ('then'), ('now')) as bases (owner_basis)
),

final as (
    select
        cast(based.period_type as varchar) as period_type,
        cast(based.from_date as date) as from_date,
        cast(based.to_date as date) as to_date,
        cast(based.horizon as varchar) as horizon,
        cast(based.owner_basis as varchar) as owner_basis,
        cast(based.owner_employee_id as varchar) as owner_employee_id,
        cast(employees.region_id as varchar) as region_id,
        cast(based.currency as varchar) as currency,
        cast(based.movement as varchar) as movement,
        cast(sum(based.deals) as bigint) as deals,
        cast(count(distinct based.opportunity_id) as bigint) as deals_touched,
        cast(sum(based.amount_fen) as bigint) as amount_fen
    from based
    inner join employees on based.owner_employee_id = employees.employee_id
    group by all
)

select * from final
