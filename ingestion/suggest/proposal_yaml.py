"""A proposal as a mapping file: YAML with the confidence and the reason beside every column."""

from __future__ import annotations

import json
import re
from typing import Any

from ingestion.mapping import Mapping
from ingestion.suggest.file_sample import SampledColumn
from ingestion.suggest.proposal import Proposal, ProposedColumn
from warehouse.errors import ConfigError


def make_name(file_name: str, entity: str) -> str:
    """A name for the mapping made of the file's: ``客户 export 2024.csv`` of crm.account is export_2024."""
    stem = file_name.split(".")[0]
    slug = re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")
    slug = re.sub(r"^[0-9_]+", "", slug)
    return slug if len(slug) >= 3 else f"my_{entity.replace('.', '_')}"


def proposal_columns(proposal: Proposal) -> dict[str, dict[str, Any]]:
    """The ``columns`` of the proposed output, in the order of the contract."""
    found = {proposed.column.name: _column_source(proposed, proposal) for proposed in proposal.columns}
    for name in proposal.missing_key:
        found[name] = {"key": "file_row"} if _may_be_made(proposal, name) else {"constant": "to_be_named"}
    return {column.name: found[column.name] for column in proposal.contract.columns if column.name in found}


def proposal_mapping(proposal: Proposal, name: str) -> Mapping:
    """The proposal as a mapping that can be tried."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ConfigError(f"{name!r} is no name for a mapping: small letters, digits and underscores.")
    return Mapping.model_validate(
        {
            "mapping": name,
            "version": 1,
            "description": _description(proposal),
            "file": {"format": proposal.sample.format},
            "outputs": [
                {"name": "row", "entity": proposal.contract.entity, "columns": proposal_columns(proposal)},
            ],
        }
    )


def render_proposal(proposal: Proposal, name: str) -> str:
    """The text of the mapping file; every line that a person should decide on says so."""
    lines = [
        f"mapping: {name}",
        "version: 1",
        f"description: {_scalar(_description(proposal))}",
        f"file: {{format: {proposal.sample.format}}}",
    ]
    if proposal.unplaced:
        lines += [
            "# Nobody could place these. Map them below, name those whose values are not personal under",
            "# extra_columns, or leave them here to say that they are knowingly not used.",
            "ignored_columns:",
            *(f"  - {_scalar(column.header)}{_hint(column)}" for column in proposal.unplaced),
        ]
    lines += ["outputs:", "  - name: row", f"    entity: {proposal.contract.entity}", "    columns:"]
    reasons = {proposed.column.name: proposed for proposed in proposal.columns}
    sources = proposal_columns(proposal)
    # A constant zone for all instants stands at each of them: columns of one file may differ.
    for column, source in sources.items():
        flow = ", ".join(f"{key}: {_flow(value)}" for key, value in source.items())
        lines.append(f"      {column}: {{{flow}}}  # {_comment(proposal, column, reasons.get(column))}")
    missing = [name for name in proposal.missing_critical if name not in sources]
    for column in missing:
        lines.append(f"      # {column}: a row without it goes to quarantine, and no header of the file resembles it")
    return "\n".join(lines) + "\n"


def _column_source(proposed: ProposedColumn, proposal: Proposal) -> dict[str, Any]:
    source: dict[str, Any] = {"from": proposed.header}
    if proposed.unit:
        source["unit"] = proposed.unit
    if proposed.formats:
        source["formats"] = list(proposed.formats)
    if proposed.column.type == "TIMESTAMPTZ":
        source["zone"] = proposed.column.zone or proposal.contract.zone
    return source


def _may_be_made(proposal: Proposal, name: str) -> bool:
    """One key column of the file's rows can be numbered; which shop or platform it is, only a person knows."""
    contract = proposal.contract
    return contract.column(name).type == "VARCHAR" and (name == contract.key[-1] or len(contract.key) == 1)


def _comment(proposal: Proposal, column: str, proposed: ProposedColumn | None) -> str:
    if proposed is None:
        if _may_be_made(proposal, column):
            return "DECIDE: no header resembles this key; so far it is made of the file and the row number"
        return "DECIDE: no header resembles this part of the key; write what it is for the whole file"
    text = f"{proposed.confidence:.2f} {'; '.join(proposed.why)}"
    return f"{text}; DECIDE: {proposed.question}" if proposed.question else text


def _description(proposal: Proposal) -> str:
    return f"{proposal.contract.label_en} rows of files like {proposal.sample.name}."


def _hint(column: SampledColumn) -> str:
    if column.is_list:
        return "  # holds lists: an output with each: takes them apart"
    if column.filled == 0:
        return "  # no values in the sample"
    shapes = [name for name in ("mobile", "email", "url", "credit_code") if column.share_shaped(name) >= 0.9]
    if shapes:
        return f"  # looks like {shapes[0].replace('_', ' ')}"
    return f"  # {column.distinct} distinct values of {column.filled}"


def _flow(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_scalar(item) for item in value)}]"
    return _scalar(str(value))


def _scalar(text: str) -> str:
    """A YAML scalar that stays the text it is: plain where that is safe, else quoted as JSON, which YAML includes."""
    is_plain = re.fullmatch(r"[^\W\d][\w ./%-]*", text) and text.strip() == text
    is_word = text.lower() in ("true", "false", "yes", "no", "on", "off", "null", "y", "n")
    return text if is_plain and not is_word else json.dumps(text, ensure_ascii=False)
