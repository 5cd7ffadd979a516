-- Grain: one row per entity, field, and owner of the records, of this run's completeness scores.
-- Rule: an owner who matches no employee goes to the 'unknown' member, and the region is the owner's of today. Sums
-- over owners are the cells of governance.data_completeness. Plan 2.3, 5.3 (H1).
{{ config(tags=['after_scoring']) }}

with

scores as (
    select * from {{ ref('int_completeness_by_owner_latest') }}
),

employees as (
    select * from {{ ref('dim_employee') }}
),

pooled as (
    select
        scores.entity,
        scores.field,
        scores.target_bp,
        scores.weight,
        scores.standard_version,
        scores.as_of,
        coalesce(employees.employee_id, 'unknown') as owner_employee_id,
        coalesce(employees.region_id, 'unknown') as region_id,
        sum(scores.required_cells) as required_cells,
        sum(scores.filled_cells) as filled_cells
    from scores
    left join employees on scores.owner_id = employees.employee_id
    group by all
),

final as (
    select
        cast(entity as varchar) as entity,
        cast(field as varchar) as field,
        cast(owner_employee_id as varchar) as owner_employee_id,
        cast(region_id as varchar) as region_id,
        cast(required_cells as bigint) as required_cells,
        cast(filled_cells as bigint) as filled_cells,
        cast(required_cells - filled_cells as bigint) as missing_cells,
        cast({{ divide_half_up('filled_cells * 10000', 'required_cells') }} as integer) as completeness_bp,
        cast(target_bp as integer) as target_bp,
        cast(weight as integer) as weight,
        cast(standard_version as integer) as standard_version,
        cast(as_of as date) as as_of
    from pooled
)

select * from final
