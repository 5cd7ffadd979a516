-- Grain: one row per source and source system that was delivered.
{{ config(materialized='view') }}

select
    source,
    source_system,
    business_zone,
    currency,
    data_through
from {{ source('ops', 'source') }}
