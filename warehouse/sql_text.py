"""Quoting of names and literals that come from outside (headers, paths, constants) before they enter SQL."""

from __future__ import annotations


def quote_identifier(name: str) -> str:
    """A name as a quoted SQL identifier. Every delivered header passes through here."""
    return '"' + name.replace('"', '""') + '"'


def quote_literal(value: str) -> str:
    """A string as a quoted SQL literal.

    SQL text ends at a zero character, so one inside a value (a damaged header holds it) is put together from parts.
    """
    quoted = "'" + value.replace("'", "''") + "'"
    return "(" + quoted.replace("\0", "' || chr(0) || '") + ")" if "\0" in value else quoted
