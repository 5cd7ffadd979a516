-- Grain: one row, the run's as_of. Nothing in this project reads the clock.
{{ config(materialized='view') }}

select as_of
from {{ source('ops', 'run_context') }}
