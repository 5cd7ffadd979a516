"""The shared room: settings, errors, the warehouse connection and the tables that several rooms write.

Here: what every room needs and no room owns. Not here: contracts, business rules, scores, models, Dagster.
Every room may import this one; this one imports no other room.
"""
