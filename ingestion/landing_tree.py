"""Planning from a landing folder: deliveries by source, entity and day, each with the manifest that ends it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingestion.contract import SOURCE_OF_PREFIX, Contract
from ingestion.extract_set import shown_name
from ingestion.landing import MANIFEST
from ingestion.mapping import Mapping
from ingestion.plan import Expected, IntakePlan, NotLoaded, PlannedFile, SourceFacts
from ingestion.replaced_files import is_keyed_by_row
from warehouse.errors import ConfigError, DeliveryError

#: Taken where a manifest does not say otherwise.
DEFAULT_ZONE = "Asia/Shanghai"
DEFAULT_CURRENCY = "CNY"


class ManifestFile(BaseModel):
    """One file of a delivery, as its sender counted it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: Annotated[str, Field(min_length=1, pattern=r"^[^/\\]+$")]
    bytes: Annotated[int, Field(ge=0)] | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")] | None = None
    rows: Annotated[int, Field(ge=0)] | None = None
    delivered_as: str | None = None
    stream: str | None = None


class Manifest(BaseModel):
    """What a sender says of a delivery; ``entity`` (the contract's own shape) or ``mapping`` tells how to read it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    entity: str | None = None
    mapping: str | None = None
    source: str | None = None
    source_system: str | None = None
    business_zone: str = DEFAULT_ZONE
    currency: str = DEFAULT_CURRENCY
    data_through: date | None = None
    files: Annotated[tuple[ManifestFile, ...], Field(min_length=1)]


def plan_landing(
    landing: Path, load_date: date, *, mappings: dict[str, Mapping], contracts: dict[str, Contract]
) -> IntakePlan:
    """The deliveries of one load date below ``<landing>/<source>/<entity>/dt=<load date>/<delivery>/``.

    Raises:
        ConfigError: the folder is not there.
    """
    if not landing.is_dir():
        raise ConfigError(f"{landing} is not a folder: give --landing the folder with the landed deliveries.")
    files: list[PlannedFile] = []
    refused: list[NotLoaded] = []
    for folder in sorted(landing.glob(f"*/*/dt={load_date:%Y-%m-%d}/*")):
        place = shown_name(folder.relative_to(landing).as_posix())
        if not folder.is_dir():
            if not folder.name.startswith("."):
                refused.append(
                    NotLoaded(place, "unknown", f"{place} lies outside a delivery folder. Move it into one.")
                )
            continue
        try:
            planned = _plan_delivery(landing, folder, mappings=mappings, contracts=contracts)
        except _NotReady as error:
            refused.append(NotLoaded(place, error.status, f"{place}: {error}", source_of_folder(folder)))
            continue
        files += planned
        named = {file.path.name for file in planned} | {MANIFEST}
        for path in sorted(folder.iterdir()):
            if path.name not in named and not path.name.startswith((".", f"{MANIFEST}.")):
                name = f"{place}/{shown_name(path.name)}"
                refused.append(NotLoaded(name, "unknown", f"{name} is not named in the delivery's manifest."))
    return IntakePlan(tuple(files), tuple(refused))


def source_of_folder(folder: Path) -> str | None:
    """The source that the first level of a landing folder names; None for a name that is none."""
    name = folder.parents[2].name
    return name if name in SOURCE_OF_PREFIX.values() else SOURCE_OF_PREFIX.get(name)


class _NotReady(Exception):
    """A delivery folder that cannot be planned; ``status`` is what the ledger records."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status


def _plan_delivery(
    landing: Path, folder: Path, *, mappings: dict[str, Mapping], contracts: dict[str, Contract]
) -> list[PlannedFile]:
    manifest = _read_manifest(folder, contracts)
    mapping = _mapping_named(folder, manifest, mappings=mappings, contracts=contracts)
    contract = contracts[mappings[mapping].outputs[0].entity if mapping in mappings else mapping]
    source = manifest.source or contract.source
    facts = SourceFacts(
        source=source if source in SOURCE_OF_PREFIX.values() else contract.source,
        system=manifest.source_system or folder.parents[2].name,
        business_zone=manifest.business_zone,
        currency=manifest.currency,
        data_through=manifest.data_through,
    )
    planned = []
    for file in manifest.files:
        path = folder / file.name
        if not path.is_file():
            raise _NotReady("missing", f"the manifest names {file.name}, which is not there. Deliver the folder again.")
        name = shown_name(file.delivered_as or path.relative_to(landing).as_posix())
        stream = _stream(file, name, contract, mappings.get(mapping))
        planned.append(
            PlannedFile(
                name=name,
                path=path,
                mapping=mapping,
                facts=facts,
                stream=stream,
                expected=Expected(file.bytes, file.sha256, file.rows),
            )
        )
    return planned


def _stream(file: ManifestFile, name: str, contract: Contract, mapping: Mapping | None) -> str:
    """A snapshot replaces the one before, whatever its folder is called, and so does a file whose rows have no key.

    All else is replaced by nothing.
    """
    if file.stream:
        return file.stream
    keyed_by_row = mapping is not None and any(is_keyed_by_row(output) for output in mapping.outputs)
    return file.name if contract.mode == "snapshot" or keyed_by_row else name


def read_what_was_said(
    path: Path, *, name: str, contract: Contract, mapping: Mapping
) -> tuple[str | None, Expected | None]:
    """The stream of a landed file, and what the manifest in its folder says of it; None where there is no manifest.

    Raises:
        DeliveryError: the manifest cannot be read any more.
    """
    manifest = path.with_name(MANIFEST)
    if not manifest.is_file():
        return None, None
    try:
        said = Manifest.model_validate(json.loads(manifest.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise DeliveryError(
            "manifest_unreadable",
            f"the manifest of {name} in landing cannot be read ({type(error).__name__}). Restore it from a backup.",
        ) from error
    for file in said.files:
        if file.name == path.name:
            return _stream(file, name, contract, mapping), Expected(file.bytes, file.sha256, file.rows)
    return None, None


def _read_manifest(folder: Path, contracts: dict[str, Contract]) -> Manifest:
    path = folder / MANIFEST
    if path.is_file():
        try:
            return Manifest.model_validate(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise _NotReady(
                "rejected", f"its manifest cannot be read ({type(error).__name__}). Write it anew."
            ) from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise _NotReady("rejected", f"its manifest is wrong at {where}: {first['msg']}.") from error
    contract = contracts.get(_entity_of_folder(folder, contracts) or "")
    if contract is None or contract.delivery.manifest == "required":
        raise _NotReady(
            "incomplete",
            f"there is no {MANIFEST}, so the delivery may still be on its way. Write it last, then run again.",
        )
    names = sorted(p.name for p in folder.iterdir() if p.is_file() and not p.name.startswith((".", "_")))
    if not names:
        raise _NotReady("incomplete", "the delivery folder is empty. Deliver the files.")
    return Manifest(entity=contract.entity, files=tuple(ManifestFile(name=name) for name in names))


def _entity_of_folder(folder: Path, contracts: dict[str, Contract]) -> str | None:
    source, entity = folder.parents[2].name, folder.parents[1].name
    return next((name for name in (entity, f"{source}.{entity}", entity.replace("__", ".")) if name in contracts), None)


def _mapping_named(
    folder: Path, manifest: Manifest, *, mappings: dict[str, Mapping], contracts: dict[str, Contract]
) -> str:
    """Name of the mapping, or of the entity whose own shape the files have."""
    named = manifest.mapping or manifest.entity
    if named is None:
        named = _entity_of_folder(folder, contracts) or folder.parents[1].name
    if named not in mappings and named not in contracts:
        raise _NotReady(
            "unknown",
            f"no mapping or contract is called {named}. Name a known entity in the manifest, or add "
            "the mapping to <home>/mappings/.",
        )
    return named
