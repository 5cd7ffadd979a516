-- Grain: one row per delivered version of a CRM lead (source_system, lead_id, _batch_id, _row_no, _load_seq).
-- Rule: rename and convert only. Whose a lead was when it came in is read from here; a row that says no more than that
-- the key is gone from a full list has nothing else filled.
-- Incremental: append-only; only batches above the highest staged one are read.
-- Plan: section 5.1, the event table is the truth.
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['source_system', 'lead_id', '_batch_id', '_row_no', '_load_seq'],
        on_schema_change='fail',
    )
}}

with

raw_rows as (
    select * from {{ source('raw', 'crm__lead') }}
    {{ only_new_batches() }}
),

converted as (
    select
        _source_system as source_system,
        lead_id,
        owner_user_id,
        updated_at,
        coalesce(is_deleted, false) or (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
)

select * from converted
