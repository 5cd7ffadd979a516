-- Grain: one row, the stage whose entry is the signature.
-- Rule: the first stage of the ladder that counts as won. Plan 5.1: stage 5 entry = contract signed.
with

stages as (
    select * from {{ ref('stage') }}
    where is_won and stage_order is not null
),

final as (
    select
        arg_min(stage_code, stage_order) as stage_code,
        min(stage_order) as stage_order
    from stages
)

select * from final
