{#-
    Latest version of each business key. "Latest" is the source's own updated_at where it has one, then the load
    date, then the order of arrival (batch, row): a late file must not undo a newer state.
    In an incremental run the already staged version takes part, so that a late batch can lose against it.
-#}
{% macro latest_version(arrived, keys, updated_at=none) -%}
    select *
    from (
        select * from {{ arrived }}
        {%- if is_incremental() %}
        union all by name
        select staged.*
        from {{ this }} as staged
        semi join {{ arrived }} as arrived using ({{ keys | join(', ') }})
        {%- endif %}
    )
    qualify row_number() over (
        partition by {{ keys | join(', ') }}
        order by
            {% if updated_at %}{{ updated_at }} desc nulls last, {% endif -%}
            _load_date desc, _batch_id desc, _row_no desc
    ) = 1
{%- endmacro %}

{#- Raw is append-only and batch ids only grow: rows above the highest staged batch are the new ones. -#}
{% macro only_new_batches() -%}
    {%- if is_incremental() %}
    where _batch_id > (select coalesce(max(staged._batch_id), 0) from {{ this }} as staged)
    {%- endif %}
{%- endmacro %}
