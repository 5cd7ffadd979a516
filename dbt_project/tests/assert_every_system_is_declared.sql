-- A system that ops.source does not declare has no known zone: its dates would follow the project's default zone.
{{ config(severity='warn') }}

select *
from {{ ref('int_source_setting') }}
where not is_declared
