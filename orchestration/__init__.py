"""The orchestration room: assets, partitions, jobs, schedules, checks, resources, and the command line.

Here: the only code that knows Dagster. Not here: how a file is read, a score computed or a model fitted.
Imports every room; no room imports this one.
"""
