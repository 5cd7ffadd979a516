"""What leaves the warehouse: the published snapshot that BI and people read.

Here: writing immutable snapshots, switching to them, reading the current one. Not here: business rules, gates.
Only `orchestration` may import this room; it imports `warehouse` and no other room.
"""
