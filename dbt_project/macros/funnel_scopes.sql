{#- The scopes under which everything in the funnel is counted, and the column of each. -#}
{% macro funnel_scope_types() -%}
    (
        select unnest(
            ['company', 'source', 'source_group', 'campaign', 'region', 'employee', 'industry', 'product']
        ) as scope_type
    )
{%- endmacro %}

{% macro funnel_scope_id(scope_type, entity) -%}
    case {{ scope_type }}
        when 'company' then 'company'
        when 'source' then {{ entity }}.source_channel
        when 'source_group' then {{ entity }}.source_group
        when 'campaign' then {{ entity }}.campaign
        when 'region' then {{ entity }}.region_id
        when 'employee' then {{ entity }}.owner_employee_id
        when 'industry' then {{ entity }}.industry
        when 'product' then {{ entity }}.product_id
    end
{%- endmacro %}

{#-
    What an entity of the funnel is counted by on a step: the columns of all scopes, and whether it is in both
    denominators. Which product a lead is about nobody knows before it is a deal, so as a lead it is under 'unknown':
    under the product of its deal none would ever have been lost.
-#}
{% macro funnel_dimensions(entity, step) -%}
    {%- for column in [
        'is_valid', 'source_channel', 'source_group', 'campaign', 'region_id', 'owner_employee_id', 'industry'
    ] %}
        {{ entity }}.{{ column }},
    {%- endfor %}
        case when {{ step }}.is_lead_step then 'unknown' else {{ entity }}.product_id end as product_id
{%- endmacro %}

{#- The two denominators of a lead figure: every lead, and those not judged invalid. -#}
{% macro funnel_denominators() -%}
    (select unnest(['all', 'valid']) as denominator_kind)
{%- endmacro %}
