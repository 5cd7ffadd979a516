-- Grain: one row per customer of the newest churn run, riskiest first by risk_rank.
-- churn_probability is a model's estimate and the only DOUBLE of the marts. Plan 5.3, warning list.
{{ config(tags=['after_scoring']) }}

with

scores as (
    select * from {{ ref('int_churn_latest') }}
),

customers as (
    select * from {{ ref('dim_customer') }}
),

final as (
    select
        cast(scores.customer_id as varchar) as customer_id,
        cast(customers.customer_origin as varchar) as customer_origin,
        cast(customers.country as varchar) as country,
        cast(scores.snapshot_date as date) as snapshot_date,
        cast(scores.horizon_days as integer) as horizon_days,
        cast(scores.churn_probability as double) as churn_probability,
        cast(scores.risk_rank as integer) as risk_rank,
        cast(scores.served_by as varchar) as served_by,
        cast(scores.model_version as varchar) as model_version,
        cast(scores.as_of as date) as as_of
    from scores
    left join customers using (customer_id)
)

select * from final
