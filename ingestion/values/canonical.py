"""Texts that are written just as DuckDB writes the value: they have one reading, and telling them apart is cheap."""

from __future__ import annotations


def is_canonical(text: str, kind: str) -> str:
    """SQL that is true where the text is what the value of that type looks like: ``2024-05-06 10:00:00``, ``12.50``.

    The way back from the value to the text costs half of a regular expression that says the same.
    """
    return f"cast(try_cast({text} as {kind}) as varchar) = {text}"
