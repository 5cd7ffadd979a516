"""The mapping that a contract implies: a file whose headers are the contract's own names, labels or aliases."""

from __future__ import annotations

from pathlib import PurePath
from typing import Literal

from ingestion.contract import Contract
from ingestion.mapping import ColumnSource, FileFormat, Mapping, Output

#: Formats by the ending of a file, packed or not.
FORMAT_OF_ENDING: dict[str, Literal["csv", "json", "xlsx", "parquet"]] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xls": "xlsx",
    ".ods": "xlsx",
    ".parquet": "parquet",
}


def format_of(file_name: str) -> Literal["csv", "json", "xlsx", "parquet"]:
    """The format that the ending of a file promises; CSV where it promises nothing."""
    suffixes = [suffix.lower() for suffix in PurePath(file_name).suffixes if suffix.lower() not in (".gz", ".zip")]
    return FORMAT_OF_ENDING.get(suffixes[-1], "csv") if suffixes else "csv"


def find_mapping(name: str, *, mappings: dict[str, Mapping], contracts: dict[str, Contract], file_name: str) -> Mapping:
    """The mapping of that name, or the one that the contract of that name implies. KeyError where there is neither."""
    return mappings[name] if name in mappings else own_shape_mapping(contracts[name], file_name=file_name)


def own_shape_mapping(contract: Contract, *, file_name: str) -> Mapping:
    """A mapping of the contract onto itself, named like the entity; nothing is converted that the contract allows."""
    columns = {
        column.name: ColumnSource.model_validate(
            {
                "from": column.headers,
                "zone": (column.zone or contract.zone) if column.type in ("TIMESTAMPTZ", "DATE") else None,
                "formats": column.formats,
            }
        )
        for column in contract.columns
    }
    return Mapping.model_construct(
        mapping=contract.entity,
        version=contract.version,
        description=f"{contract.label_en} in the shape of its contract.",
        file=FileFormat(format=format_of(file_name), empty_ok=contract.delivery.empty_ok),
        ignored_columns=(),
        extra_columns=(),
        left_out=(),
        rest_left_out=None,
        outputs=(Output(name="row", entity=contract.entity, columns=columns),),
    )
