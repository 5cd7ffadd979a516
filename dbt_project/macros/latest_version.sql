{#-
    Latest version of each business key. "Latest" is the source's own updated_at where it has one, then the load
    date, then the order of arrival (batch, row): a late file must not undo a newer state, and within a file the later
    row wins, also where the earlier one was read again from quarantine since. A case that a replay folds anew keeps
    its batch, its row and at least its updated_at, so that the later reading (_load_seq) of one delivery wins.
    In an incremental run the already staged version takes part, so that a late batch can lose against it: of all
    versions of a key but one is kept, so a version that loses once must lose for good. The order is therefore total,
    and no reading takes a place below the one that it replaces.
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
            _load_date desc, _batch_id desc, _row_no desc, _load_seq desc
    ) = 1
{%- endmacro %}

{#- The order of all versions of a key, earliest first: that of latest_version the other way round. -#}
{% macro version_order(versions) -%}
    {{ versions }}.updated_at asc nulls first, {{ versions }}._load_date asc, {{ versions }}._batch_id asc,
    {{ versions }}._row_no asc, {{ versions }}._load_seq asc
{%- endmacro %}

{#- Every transaction that adds rows to raw takes a higher _load_seq: rows above the highest staged one are new. -#}
{% macro only_new_batches() -%}
    {%- if is_incremental() %}
    where _load_seq > (select coalesce(max(staged._load_seq), 0) from {{ this }} as staged)
    {%- endif %}
{%- endmacro %}
