-- Each region and currency has every month between its first and last one.
{{ config(meta={'dagster': {'ref': {'name': 'regional_performance'}}}) }}

select
    region_id,
    currency,
    count(*) as months
from {{ ref('regional_performance') }}
group by region_id, currency
having count(*) <> date_diff('month', min(period_start), max(period_start)) + 1
