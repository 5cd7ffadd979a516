"""Mappings: how one vendor's file becomes rows of contract entities, with a fixed set of operations and no code."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ingestion.contract import Name

#: Units in which numbers are delivered, and the factor to the unit in which they are stored.
UNIT_FACTORS: dict[str, str] = {
    "yuan": "1",
    "jiao": "0.1",
    "fen": "0.01",
    "thousand": "1000",
    "wan_yuan": "10000",
    "million": "1000000",
    "yi_yuan": "100000000",
    "percent": "0.01",
    "basis_points": "0.0001",
    "milliseconds": "0.001",
    "minutes": "60",
    "hours": "3600",
}
Unit = Literal[
    "yuan", "jiao", "fen", "thousand", "wan_yuan", "million", "yi_yuan", "percent", "basis_points", "milliseconds",
    "minutes", "hours",
]  # fmt: skip


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class FileFormat(_Strict):
    """The dialect of the file. What is left out is found out from the file; ``.gz`` and ``.zip`` are unpacked."""

    format: Literal["csv", "json", "xlsx", "parquet"]
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    encoding: Literal["utf-8", "utf-16", "gb18030"] | None = None
    # The record that is the header, counted from 1; left out, the first one that has the mapping's headers.
    header_row: Annotated[int, Field(ge=1)] | None = None
    # XLSX: the sheet; left out, the first one that has the mapping's headers.
    sheet: str | None = None
    # JSON: where the records are, a dotted path; left out, the document is a list of records, a record, or one a line.
    records: str | None = None
    null_values: tuple[str, ...] = ()
    empty_ok: bool | None = None


class RowTest(_Strict):
    """One test of a file row on the text of one column; exactly one test is given."""

    column: str
    not_blank: Literal[True] | None = None
    blank: Literal[True] | None = None
    equals: str | None = None
    is_in: tuple[str, ...] | None = Field(default=None, alias="in")
    starts_with: str | None = None
    not_starts_with: str | None = None

    @model_validator(mode="after")
    def _one_test(self) -> RowTest:
        tests = (self.not_blank, self.blank, self.equals, self.is_in, self.starts_with, self.not_starts_with)
        if sum(test is not None for test in tests) != 1:
            raise ValueError("give exactly one of not_blank, blank, equals, in, starts_with, not_starts_with")
        return self


class LeftOut(RowTest):
    """Rows that are knowingly not loaded, with the reason for those who count."""

    reason: str


class ColumnSource(_Strict):
    """Where one contract column comes from: a delivered column, a constant, or a synthesised key."""

    from_: tuple[str, ...] | str | None = Field(default=None, alias="from")
    constant: str | None = None
    key: Literal["file_row"] | tuple[str, ...] | None = None
    values: dict[str, str] | None = None
    values_only: bool = False
    default: str | None = None
    # The unit of the delivered number; it is turned into the contract's.
    unit: Unit | None = None
    round: Literal["half_up"] | None = None
    # Date and time formats (strptime, iso_offset, excel_serial, epoch_s, epoch_ms), or base64 for texts.
    formats: tuple[str, ...] = ()
    zone: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnSource:
        if sum(origin is not None for origin in (self.from_, self.constant, self.key)) != 1:
            raise ValueError("give exactly one of from, constant, key")
        return self

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers that may carry the column, best first."""
        if self.from_ is None:
            return ()
        return (self.from_,) if isinstance(self.from_, str) else self.from_


class Fold(_Strict):
    """Many file rows become one row a key, for instance an event log one row a case.

    ``order_by`` names a column of the contract; first and last follow it, then the row number.
    """

    by: tuple[Name, ...]
    order_by: Name
    columns: dict[Name, Literal["first", "last", "min", "max", "count"]] = {}


class Output(_Strict):
    """One entity that the file fills.

    ``each`` names a column or path that holds a list (also as JSON in a string): each element is a row of its own.
    Its fields are then headed ``<each>[].<field>``, its place in the list ``<each>[].#``.
    """

    name: Name
    entity: str
    each: str | None = None
    filter: RowTest | None = None
    columns: dict[Name, ColumnSource]
    fold: Fold | None = None


class Mapping(_Strict):
    """One vendor file and the entities that come out of it."""

    mapping: Name
    version: int
    description: str
    file: FileFormat
    # Columns that are knowingly not used.
    ignored_columns: tuple[str, ...] = ()
    # Columns without personal data that no contract has: their values are kept in _extra.
    extra_columns: tuple[str, ...] = ()
    # Rows that no output takes are left out knowingly by one of these, or go to quarantine.
    left_out: tuple[LeftOut, ...] = ()
    rest_left_out: str | None = None
    outputs: Annotated[tuple[Output, ...], Field(min_length=1)]
