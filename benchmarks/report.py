"""The results as people read them: a table for the terminal and the page docs/benchmarks.md, from one file alone."""

from __future__ import annotations

from typing import Any

DOCUMENT = "docs/benchmarks.md"
_PACKAGES = ("python", "duckdb", "dbt-core", "dbt-duckdb", "dagster", "pandas", "polars", "numpy")

_HEAD = """\
# Benchmarks

Generated from `benchmarks/results/latest.json` by `make bench`; do not edit. The budgets are those of the architecture.

Floor and peers run in the same turn as what is measured, round after round, so that a busy minute hits them alike. CPU
seconds are those of the whole process tree, medians over the rounds, with the least and the most seen. Wall times and
absolute seconds depend on what else the machine did; the ratios of one run are what counts. No test asserts any of it.
`python -m benchmarks --only NAME` measures one part again, `--quick` only shows that it works.
"""


def render_document(results: dict[str, Any]) -> str:
    """The whole page; the same results give the same bytes."""
    lines = [_HEAD, "## Verdicts", "", *_verdict_table(results), ""]
    lines += ["## What was missed or not measured", "", *_shortcomings(results), ""]
    for name, entry in results.items():
        lines += _section(name, entry)
    lines += ["## Machine", "", *_machines(results)]
    return "\n".join(lines).rstrip() + "\n"


def render_text(results: dict[str, Any]) -> str:
    """The verdicts and the shortcomings, for the terminal."""
    lines = []
    for name, _, judged in _all_judged(results):
        budget = "" if judged["budget"] is None else f"budget {_number(judged['budget'])}"
        value = f"{_number(judged['value'])} {judged['unit']}"
        lines.append(f"{name:13} {judged['what']:62} {value:>16}  {budget:12} {judged['verdict']}")
    return "\n".join([*lines, "", *_shortcomings(results)])


def _all_judged(results: dict[str, Any]) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    return [(name, entry, judged) for name, entry in results.items() for judged in entry.get("judged", ())]


def _verdict_table(results: dict[str, Any]) -> list[str]:
    lines = ["| work | measured | budget | verdict | date |", "|---|---:|---:|---|---|"]
    for _, entry, judged in _all_judged(results):
        if judged["budget"] is not None:
            value = f"{_number(judged['value'])} {judged['unit']}"
            budget = _number(judged["budget"])
            verdict = f"**{judged['verdict']}**" if judged["verdict"] == "MISSED" else judged["verdict"]
            lines.append(f"| {_cell(judged['what'])} | {value} | {budget} | {verdict} | {entry['measured_on']} |")
    return lines


def _shortcomings(results: dict[str, Any]) -> list[str]:
    lines = [
        f"- MISSED: {judged['what']} is {_number(judged['value'])} {judged['unit']}, budget {_number(judged['budget'])}"
        for _, _, judged in _all_judged(results)
        if judged["verdict"] == "MISSED"
    ]
    for name, entry in results.items():
        lines += [f"- not measured ({entry['title']}): {reason}" for reason in entry.get("not_measured", ())]
        if "failed" in entry:
            lines.append(f"- not measured ({name}): the measurement failed, {entry['failed']}")
    return lines or ["Nothing."]


def _section(name: str, entry: dict[str, Any]) -> list[str]:
    if "failed" in entry:
        return [f"## {name}", "", f"The measurement failed: {entry['failed']}.", ""]
    lines = [f"## {entry['title']}", "", f"{entry['size'][0].upper()}{entry['size'][1:]}.", ""]
    if entry["measured"]:
        lines += ["| what | CPU s | least to most | wall s | peak MB |", "|---|---:|---:|---:|---:|"]
        lines += [
            f"| {_cell(m['name'])} | {m['cpu_s']:.2f} | {m['cpu_least']:.2f} to {m['cpu_most']:.2f} "
            f"| {m['wall_s']:.1f} | {m['peak_mb']:.0f} |"
            for m in entry["measured"]
        ]
        lines.append("")
    lines += ["| figure | value | budget | verdict |", "|---|---:|---:|---|"]
    lines += [
        f"| {_cell(j['what'])} | {_number(j['value'])} {j['unit']} "
        f"| {'' if j['budget'] is None else _number(j['budget'])} | {'' if j['budget'] is None else j['verdict']} |"
        for j in entry["judged"]
    ]
    lines.append("")
    if entry["notes"]:
        lines += [*(f"- {note}" for note in entry["notes"]), ""]
    return lines


def _machines(results: dict[str, Any]) -> list[str]:
    """One line for all measurements that were made alike; the load before each tells how quiet it was."""
    lines = []
    described: dict[str, list[str]] = {}
    for name, entry in results.items():
        machine = entry["machine"]
        versions = ", ".join(f"{package} {machine[package]}" for package in _PACKAGES)
        text = f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB, {machine['system']}; {versions}"
        load = f"{name} ({entry['measured_on']}, load {machine['load_before']} before, {entry['wall_s']:.0f} s)"
        described.setdefault(text, []).append(load)
    for text, names in described.items():
        lines += [f"{text}.", "", *(f"- {name}" for name in names), ""]
    return lines


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) >= 10 else f"{value:,g}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
