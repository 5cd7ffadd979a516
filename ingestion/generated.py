"""Files written from the contracts (`make generate`): the dbt sources of raw and the data dictionary."""

from __future__ import annotations

from pathlib import Path

from ingestion.contract import SYSTEM_COLUMNS, Column, Contract, load_contracts

SOURCES_PATH = Path("dbt_project/models/staging/_raw_sources.yml")
DICTIONARY_PATH = Path("docs/data-dictionary.md")
_REMEDY = "written from ingestion/contracts by `make generate`; do not edit"

_SYSTEM_TEXTS = {
    "_batch_id": "Order in which content arrived, one per file and entity. | 内容到达次序，每文件每实体一个。",
    "_source_system": "System that delivered the row. | 提供该行的系统。",
    "_source_file": "File as it was delivered. | 所在的交付文件。",
    "_row_no": "Number of the record below the header, from 1. | 表头以下的记录序号，从1开始。",
    "_row_hash": "64 bits over the delivered values, to tell versions apart. | 交付取值的64位摘要，用于区分版本。",
    "_load_date": "Date of the delivery. | 交付日期。",
    "_loaded_at": "When the row was written. | 写入时间。",
    "_op": "U for a delivered row, D where the key is missing from a full list. | U为交付行，D表示全量清单中已消失。",
    "_contract_version": "Version of the contract by which the row was read. | 读取该行所用的合同版本。",
    "_extra": "Delivered columns that no contract has, undeclared ones by name only. | 合同之外的列，未声明的仅列名。",
    "_load_seq": "Grows with every write; incremental models read what is above. | 每次写入递增，增量模型据此取新行。",
}
_PII_WORDS = {"tokenise": "token 令牌", "mask": "mask 遮盖", "drop": "dropped 不保存", "free_text": "scanned 扫描"}


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def render_sources(contracts: dict[str, Contract]) -> str:
    """The dbt sources file: one table per contract, every column described in English and Chinese."""
    lines = [
        f"# The raw tables, {_REMEDY}.",
        "version: 2",
        "",
        "sources:",
        "  - name: raw",
        "    schema: raw",
        "    description: Typed rows as delivered, append-only, with the batch, file and row that they came from.",
        "    tables:",
    ]
    for contract in contracts.values():
        lines += [
            f"      - name: {contract.table}",
            f"        description: {_quoted(f'{contract.description_en} | {contract.description_zh}')}",
            f'        config: {{meta: {{dagster: {{asset_key: ["raw", "{contract.table}"]}}}}}}',
            "        columns:",
        ]
        for name, kind in SYSTEM_COLUMNS.items():
            text = _quoted(_SYSTEM_TEXTS[name])
            lines.append(f"          - {{name: {name}, data_type: {kind.split()[0]}, description: {text}}}")
        for column in contract.columns:
            text = _quoted(f"{column.label_en}: {column.description_en} | {column.label_zh}：{column.description_zh}")
            kind = _quoted(column.type.lower())
            lines.append(f"          - {{name: {column.name}, data_type: {kind}, description: {text}}}")
    return "\n".join(lines) + "\n"


def render_dictionary(contracts: dict[str, Contract]) -> str:
    """The data dictionary: a section per entity, a row per column."""
    lines = [
        "# Data dictionary 数据字典",
        "",
        f"<!-- {_REMEDY} -->",
        "",
        "What the extracts hold, entity by entity, after a mapping has read them. A file whose headers are these",
        "names, their labels or the other headers named here needs no mapping at all. `raw.<source>__<entity>` holds",
        "the typed rows. A row without a *key* or a *critical* value goes to quarantine; a value that is *required",
        "from* a stage only lowers the completeness score.",
        "",
        "| entity | 中文 | one row per | delivered as | columns |",
        "|---|---|---|---|---|",
    ]
    for contract in contracts.values():
        lines.append(
            f"| [{contract.entity}](#{contract.entity.replace('.', '')}) | {contract.label_zh} "
            f"| {contract.description_en.removeprefix('One row per ')} | {contract.mode} | {len(contract.columns)} |"
        )
    for contract in contracts.values():
        lines += ["", *_dictionary_section(contract)]
    return "\n".join(lines) + "\n"


def _dictionary_section(contract: Contract) -> list[str]:
    terms, bad = contract.delivery, contract.bad_rows
    facts = [
        f"key {', '.join(f'`{name}`' for name in contract.key)}",
        f"delivered as {contract.mode}, {terms.cadence.replace('_', ' ')}, manifest {terms.manifest}",
        f"instants without an offset are {contract.zone}",
        f"refused above {bad.max_ratio:.0%} bad rows (and more than {bad.tolerated})",
    ]
    if contract.version_column:
        facts.append(f"newest version by `{contract.version_column}`")
    if contract.mode == "snapshot":
        facts.append(f"nothing is deleted when more than {terms.shrink.stop:.0%} of the keys are missing")
    return [
        f"## {contract.entity}",
        "",
        f"{contract.label_en} {contract.label_zh}. {contract.description_en} {contract.description_zh}",
        "",
        f"{'; '.join(facts)}.",
        "",
        "| column | label 中文 | type | needed | personal data | meaning 含义 | other headers |",
        "|---|---|---|---|---|---|---|",
        *(_dictionary_row(contract, column) for column in contract.columns),
    ]


def _dictionary_row(contract: Contract, column: Column) -> str:
    needed = "key" if column.name in contract.key and not column.empty_key else ""
    needed = needed or (
        "critical" if column.critical else f"from {column.required_from}" if column.required_from else ""
    )
    kind = column.type + (f" ({column.unit})" if column.unit else "")
    others = ", ".join(alias for alias in column.aliases)
    personal = _PII_WORDS[column.pii] if column.pii else ""
    return (
        f"| {column.name} | {column.label_en} {column.label_zh} | {kind} | {needed} | {personal} "
        f"| {column.description_en} {column.description_zh} | {others} |"
    )


def write_generated(root: Path) -> list[Path]:
    """Write both files below the project's root; returns their paths."""
    contracts = load_contracts()
    written = []
    for path, text in ((SOURCES_PATH, render_sources(contracts)), (DICTIONARY_PATH, render_dictionary(contracts))):
        (root / path).write_text(text, encoding="utf-8")
        written.append(root / path)
    return written


if __name__ == "__main__":
    for written_path in write_generated(Path(__file__).resolve().parents[1]):
        print(written_path)
