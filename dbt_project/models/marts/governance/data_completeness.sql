-- Grain: one row per entity, field and stage of the newest completeness scores.
{{ config(tags=['after_scoring']) }}

with

scores as (
    select * from {{ ref('int_completeness_latest') }}
),

measured as (
    select
        *,
        {{ divide_half_up('filled_cells * 10000', 'required_cells') }} as completeness_bp
    from scores
),

final as (
    select
        cast(entity as varchar) as entity,
        cast(field as varchar) as field,
        cast(stage_code as varchar) as stage_code,
        cast(required_cells as bigint) as required_cells,
        cast(filled_cells as bigint) as filled_cells,
        cast(required_cells - filled_cells as bigint) as missing_cells,
        cast(completeness_bp as integer) as completeness_bp,
        cast(target_bp as integer) as target_bp,
        -- Compared as cells, not as rounded basis points: 89.995 % must not pass 90 %.
        cast(
            case
                when required_cells = 0 then null
                else filled_cells * 10000 >= required_cells * target_bp
            end as boolean
        ) as is_target_met,
        cast(weight as integer) as weight,
        cast(owner as varchar) as owner,
        cast(standard_version as integer) as standard_version,
        cast(as_of as date) as as_of
    from measured
)

select * from final
