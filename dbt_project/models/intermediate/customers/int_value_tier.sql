-- Grain: one row per value tier and span of days in which its bound holds.
with

rules as (
    select * from {{ ref('value_tier_rule') }}
),

final as (
    select
        *,
        lead(valid_from) over (partition by tier_code, currency order by valid_from) as valid_to
    from rules
)

select * from final
