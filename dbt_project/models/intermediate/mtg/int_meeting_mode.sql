-- Grain: one row per distinct meeting location text (lower case, trimmed; '' where there is none).
-- Rule: the rule with the lowest priority that matches decides (seed meeting_mode_rule); no match is 'unclassified'.
-- Judged per distinct text, and only texts that these very rules (rules_hash) have not judged yet: DuckDB compiles
-- a pattern column once per row, 1.5 s for the 1,886 texts of 23,050 real meetings. A changed rule judges all anew.
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='location_text',
        on_schema_change='fail',
    )
}}

with

meetings as (
    select * from {{ ref('stg_mtg__meeting') }}
),

rules as (
    select * from {{ ref('meeting_mode_rule') }}
),

rule_set as (
    select md5(string_agg(concat_ws('|', priority, pattern, mode, reason), '|' order by priority)) as rules_hash
    from rules
),

locations as (
    select distinct
        lower(trim(coalesce(meetings.location, ''))) as location_text,
        rule_set.rules_hash
    from meetings
    cross join rule_set
),

unjudged as (
    select locations.*
    from locations
    {% if is_incremental() %}
    anti join {{ this }} as judged_before using (location_text, rules_hash)
    {% endif %}
),

judged as (
    select
        unjudged.location_text,
        unjudged.rules_hash,
        rules.mode,
        rules.priority,
        rules.reason
    from unjudged
    left join rules on regexp_matches(unjudged.location_text, rules.pattern)
    qualify row_number() over (
        partition by unjudged.location_text
        order by rules.priority
    ) = 1
),

final as (
    select
        location_text,
        coalesce(mode, 'unclassified') as meeting_mode,
        priority as rule_priority,
        coalesce(reason, 'no rule matches') as mode_reason,
        rules_hash
    from judged
)

select * from final
