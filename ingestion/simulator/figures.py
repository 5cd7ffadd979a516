"""What a figure of the truth is made of: facts with a day and scopes, and how they are added up."""

from __future__ import annotations

from dataclasses import dataclass

ALL_PERIODS = ("month", "quarter", "year")


@dataclass(frozen=True)
class Figure:
    """``facts`` has happened_on, scope_type, scope_id and what numerator and denominator add up. ``metric`` is SQL."""

    metric: str
    facts: str
    numerator: str
    denominator: str = "1"
    periods: tuple[str, ...] = ("year",)


def scoped(columns: str, source: str, scopes: dict[str, str], *, where: str = "true") -> str:
    """Facts once for the company and once for each scope (scope type -> SQL of its id)."""
    parts = [f"select {columns}, 'company' as scope_type, 'company' as scope_id from {source} where {where}"]
    parts += [f"select {columns}, '{kind}', {sql} from {source} where {where}" for kind, sql in scopes.items()]
    return " union all ".join(parts)
