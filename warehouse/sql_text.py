"""Quoting of names and literals that come from outside (headers, paths, constants) before they enter SQL."""

from __future__ import annotations


def quote_identifier(name: str) -> str:
    """A name as a quoted SQL identifier. Every delivered header passes through here."""
    return '"' + name.replace('"', '""') + '"'


def quote_literal(value: str) -> str:
    """A string as a quoted SQL literal."""
    return "'" + value.replace("'", "''") + "'"
