"""Choosing the entity of an unknown file and a delivered column for each of the entity's columns."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingestion.contract import Column, Contract
from ingestion.headers import normalise_header
from ingestion.mapped_headers import wanted_headers
from ingestion.mapping import Mapping
from ingestion.suggest.file_sample import FileSample, SampledColumn
from ingestion.suggest.vocabulary import Vocabulary, plain_words
from warehouse.errors import ConfigError

#: A guess below this is not proposed, only mentioned.
LEAST_CONFIDENCE = 0.5
#: A shipped mapping that knows so many of the file's headers was made for it.
_KNOWN_SHARE = 0.9
_UNIT_WORDS = (
    (r"亿元?", "yi_yuan"),
    (r"百万元?", "million"),
    (r"万元?", "wan_yuan"),
    (r"千元", "thousand"),
    (r"角", "jiao"),
    (r"分|cents?", "fen"),
    (r"毫秒|ms|milliseconds?", "milliseconds"),
    (r"分钟|min|minutes?", "minutes"),
    (r"小时|h|hours?", "hours"),
    (r"[%％]", "percent"),
)


@dataclass(frozen=True)
class ProposedColumn:
    """One contract column with the delivered header proposed for it. ``confidence`` is 0 to 1, not a probability."""

    column: Column
    header: str
    confidence: float
    why: tuple[str, ...]
    unit: str | None = None
    formats: tuple[str, ...] = ()
    question: str | None = None


@dataclass(frozen=True)
class Proposal:
    """A mapping in the making: what was found, what is missing, and what nobody could place."""

    sample: FileSample
    contract: Contract
    columns: tuple[ProposedColumn, ...]
    unplaced: tuple[SampledColumn, ...]
    missing_key: tuple[str, ...]
    missing_critical: tuple[str, ...]
    #: Entities that were nearly chosen, best first, with their scores beside the chosen one's.
    score: float
    rivals: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class KnownMapping:
    """A mapping that was made for files like this one."""

    mapping: str
    headers_known: int
    headers: int


def find_known_mapping(sample: FileSample, mappings: dict[str, Mapping]) -> KnownMapping | None:
    """The mapping that knows most of the file's headers; None where none knows nearly all of them."""
    delivered = {normalise_header(column.header) for column in sample.columns}
    best: KnownMapping | None = None
    for mapping in mappings.values():
        known = {normalise_header(h) for h in (*wanted_headers(mapping), *mapping.ignored_columns)}
        # A path below a delivered name is reached through it; what else is below it no mapping has to name.
        tops = {header.split(".")[0].split("[]")[0] for header in known}
        counted = {header for header in delivered if header in known or "." not in header}
        found = len(delivered & (known | tops))
        is_better = best is None or found > best.headers_known
        if mapping.file.format == sample.format and found and found >= _KNOWN_SHARE * len(counted) and is_better:
            best = KnownMapping(mapping.mapping, found, len(delivered))
    return best


def propose(
    sample: FileSample, contracts: dict[str, Contract], vocabulary: Vocabulary, *, entity: str | None = None
) -> Proposal:
    """The best proposal for a file, or the one for the given entity.

    Raises:
        ConfigError: no such entity, or nothing in the file resembles any.
    """
    if entity is not None and entity not in contracts:
        raise ConfigError(f"No entity {entity!r}; known: {', '.join(sorted(contracts))}.")
    chosen = [contracts[entity]] if entity else list(contracts.values())
    rated = []
    for contract in chosen:
        columns = _assign(sample, contract, vocabulary)
        rated.append((_rate(sample, contract, columns), contract, columns))
    rated.sort(key=lambda rating: (-rating[0], rating[1].entity))
    score, contract, columns = rated[0]
    if not columns:
        raise ConfigError(
            f"No header of {sample.name} resembles a column of {entity or 'any entity'}. Name the entity with "
            "--entity, or write the mapping by hand (docs/load-your-own-extracts.md)."
        )
    used = {proposed.header for proposed in columns}
    placed = {proposed.column.name for proposed in columns}
    return Proposal(
        sample=sample,
        contract=contract,
        columns=columns,
        unplaced=tuple(column for column in sample.columns if column.header not in used),
        missing_key=tuple(n for n in contract.key if n not in placed and not contract.column(n).empty_key),
        missing_critical=tuple(c.name for c in contract.columns if c.critical and c.name not in placed),
        score=score,
        rivals=tuple((other.entity, round(rating, 2)) for rating, other, _ in rated[1:4] if rating > score / 2),
    )


def _rate(sample: FileSample, contract: Contract, columns: tuple[ProposedColumn, ...]) -> float:
    """How well a contract explains a file: the share of its headers that find a place, the key, and the file's name."""
    explained = sum(proposed.confidence for proposed in columns) / len(sample.columns)
    placed = {proposed.column.name: proposed.confidence for proposed in columns}
    needed = [c for c in contract.columns if contract.is_critical(c)]
    key = sum(placed.get(column.name, 0) for column in needed) / len(needed) if needed else 0
    name = normalise_header(sample.name)
    is_named = contract.label_zh in name or plain_words(contract.label_en) in plain_words(name)
    return 0.6 * explained + 0.3 * key + (0.1 if is_named else 0)


def _assign(sample: FileSample, contract: Contract, vocabulary: Vocabulary) -> tuple[ProposedColumn, ...]:
    """One header for each column and one column for each header, the surest pairs first."""
    pairs = []
    for place, delivered in enumerate(sample.columns):
        for column in contract.columns:
            match = vocabulary.match(delivered.header, contract, column.name)
            if match is None:
                continue
            proposed = _weigh(delivered, column, match.score, match.why)
            if proposed.confidence >= LEAST_CONFIDENCE:
                pairs.append((proposed, place))
    pairs.sort(key=lambda pair: (-pair[0].confidence, pair[1], pair[0].column.name))
    taken: dict[str, ProposedColumn] = {}
    used: set[str] = set()
    for proposed, _ in pairs:
        if proposed.column.name not in taken and proposed.header not in used:
            taken[proposed.column.name] = proposed
            used.add(proposed.header)
    return tuple(taken[column.name] for column in contract.columns if column.name in taken)


def _weigh(delivered: SampledColumn, column: Column, score: float, why: str) -> ProposedColumn:
    """Let the values speak for or against what the header says."""
    if delivered.filled == 0:
        return ProposedColumn(column, delivered.header, round(score * 0.9, 2), (why, "no values in the sample"))
    if delivered.is_list:
        return ProposedColumn(column, delivered.header, round(score * 0.3, 2), (why, "holds lists"))
    formats: tuple[str, ...] = ()
    question = None
    if column.type == "VARCHAR":
        fit, said = _fit_text(delivered, column)
    elif column.type in ("DATE", "TIMESTAMPTZ"):
        fit, said, formats, question = _fit_instant(delivered, column)
    else:
        kind = column.type.replace("BIGINT", "INTEGER")
        if column.type.startswith("DECIMAL"):
            kind = "FRACTION" if column.unit == "fraction" else "DECIMAL"
        fit = delivered.share(delivered.reads[kind])
        said = f"{delivered.reads[kind]} of {delivered.filled} values can be read"
    unit = _unit(delivered, column)
    factor = 1.0 if fit >= 0.98 else 0.9 if fit >= 0.8 else 0.25 + 0.5 * fit
    reasons = (why, said) if said else (why,)
    return ProposedColumn(column, delivered.header, round(score * factor, 2), reasons, unit, formats, question)


def _fit_text(delivered: SampledColumn, column: Column) -> tuple[float, str]:
    dates = max(delivered.reads["DATE"], delivered.day_first, delivered.month_first)
    if delivered.share(dates) >= 0.98 and delivered.share(delivered.reads["DECIMAL"]) < 0.5:
        return 0.5, f"{dates} of {delivered.filled} values are dates"
    shape = column.normalise
    if shape is None:
        return 1.0, ""
    # Numbers that the vendor has starred look like nothing; the header then decides.
    found = delivered.share_shaped(shape)
    said = (
        f"{delivered.shapes[shape]} of {delivered.filled} values look like {'an' if shape == 'email' else 'a'} {shape}"
    )
    return max(found, 0.8), said


def _fit_instant(delivered: SampledColumn, column: Column) -> tuple[float, str, tuple[str, ...], str | None]:
    readable = delivered.reads["DATE" if column.type == "DATE" else "TIMESTAMPTZ"]
    fit = delivered.share(readable)
    for name in ("epoch_ms", "epoch_s"):
        if delivered.share_shaped(name) >= 0.98:
            return 1.0, f"values are {'milliseconds' if name == 'epoch_ms' else 'seconds'} since 1970", (name,), None
    if fit >= 0.5:
        return fit, f"{readable} of {delivered.filled} values can be read as a date", (), None
    day, month = delivered.day_first, delivered.month_first
    if max(day, month) < 0.5 * delivered.filled:
        return fit, f"{readable} of {delivered.filled} values can be read as a date", (), None
    if day == month:
        question = "day or month first? No value tells: say %d/%m/%Y or %m/%d/%Y under formats"
        return 0.8, "dates whose day and month cannot be told apart", (), question
    first, count = ("day", day) if day > month else ("month", month)
    formats = (
        ("%d/%m/%Y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d-%m-%Y", "%d.%m.%Y")
        if first == "day"
        else ("%m/%d/%Y", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m-%d-%Y")
    )
    return (
        delivered.share(count),
        f"{count} of {delivered.filled} values are dates with the {first} first",
        formats,
        None,
    )


def _unit(delivered: SampledColumn, column: Column) -> str | None:
    """The unit that a header names, or that the values betray: rates above one are percentages."""
    if column.unit is None:
        return None
    for pattern, unit in _UNIT_WORDS:
        if re.search(rf"[(（\[_ ]\s*(单位[:：])?({pattern})\s*[)）\]]?$", delivered.header, re.IGNORECASE):
            fits = {"currency": ("yi_yuan", "million", "wan_yuan", "thousand", "jiao", "fen"), "fraction": ("percent",)}
            allowed = fits.get(column.unit, ("milliseconds", "minutes", "hours"))
            return unit if unit in allowed else None
    if column.unit == "fraction" and delivered.share_shaped("percent") >= 0.98:
        return "percent" if delivered.share_shaped("fraction") < 0.5 else None
    return None
