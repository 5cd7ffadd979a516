"""What is to be taken in on one load date: every delivered file, sorted into what happens to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class SourceFacts:
    """One source as one system delivers it. ``data_through`` is set where the source has ended."""

    source: str
    system: str
    business_zone: str
    currency: str
    data_through: date | None = None


@dataclass(frozen=True)
class Expected:
    """What a manifest says of a file; None where it says nothing."""

    bytes: int | None = None
    sha256: str | None = None
    rows: int | None = None


@dataclass(frozen=True)
class PlannedFile:
    """One file to be loaded: ``name`` is for people and the ledger, ``path`` where it lies.

    ``stream`` names what a later file replaces: orders.csv of today replaces orders.csv of yesterday.
    """

    name: str
    path: Path
    mapping: str
    facts: SourceFacts
    stream: str
    expected: Expected | None = None

    @property
    def source(self) -> str:
        """The source that delivers the file."""
        return self.facts.source


@dataclass(frozen=True)
class NotLoaded:
    """A file that is known not to be loaded, or that should be there and is not; ``message`` says what to do."""

    name: str
    status: str
    message: str
    source: str | None = None


@dataclass(frozen=True)
class NotCome:
    """A file that need not come and has not; ``path`` is the pattern that its name would have matched."""

    path: str
    mapping: str
    system: str


@dataclass(frozen=True)
class IntakePlan:
    """Every file of a delivery, sorted into what happens to it: nothing is passed over in silence."""

    files: tuple[PlannedFile, ...]
    not_loaded: tuple[NotLoaded, ...]
    not_come: tuple[NotCome, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources that have something to say in this plan, sorted."""
        named = {file.source for file in self.files} | {n.source for n in self.not_loaded if n.source}
        return tuple(sorted(named))
