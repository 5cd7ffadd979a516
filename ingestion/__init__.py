"""The ingestion room: extract files in, typed and versioned raw tables out, nothing lost on the way.

Here: contracts, mappings, extract sets, landing, quarantine, the ledger. Not here: business rules (dbt), Dagster.
Imports `warehouse` only; orchestration imports this room, no other room does.
"""
