-- Grain: one row, the run's as_of, for marts (which read no staging).
{{ config(materialized='view') }}

select as_of
from {{ ref('stg_ops__run_context') }}
