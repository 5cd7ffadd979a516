"""Which delivered headers a mapping reads, which it may show, and which it does not know."""

from __future__ import annotations

from ingestion.contract import Contract
from ingestion.files.delivered import Delivered
from ingestion.headers import normalise_header
from ingestion.mapping import Mapping


def wanted_headers(mapping: Mapping) -> frozenset[str]:
    """All headers that the mapping reads, by which the header line and the delimiter of a file are found."""
    wanted: set[str] = {test.column for test in mapping.left_out} | set(mapping.extra_columns)
    for output in mapping.outputs:
        if output.each:
            wanted.add(output.each)
        if output.filter:
            wanted.add(output.filter.column)
        for source in output.columns.values():
            wanted.update(source.headers)
            if isinstance(source.key, tuple):
                wanted.update(source.key)
    return frozenset(wanted)


def harmless_headers(mapping: Mapping, contracts: dict[str, Contract]) -> frozenset[str]:
    """Headers that every output maps to columns without personal data; all others are never shown with a value."""
    harmless: set[str] = set()
    personal: set[str] = set()
    for output in mapping.outputs:
        contract = contracts[output.entity]
        for name, source in output.columns.items():
            (personal if contract.column(name).pii else harmless).update(map(normalise_header, source.headers))
    return frozenset(harmless - personal)


def unused_headers(mapping: Mapping, delivered: Delivered) -> tuple[str, ...]:
    """Delivered columns that the mapping neither uses nor names as ignored; ``_extra`` names them."""
    used = {normalise_header(header) for header in (*mapping.ignored_columns, *wanted_headers(mapping))}
    # A list is used through the fields of its elements.
    used |= {header.split("[]")[0] for header in used}
    return tuple(header for header in delivered.headers if normalise_header(header) not in used)
