"""The command `mapping`: proposing a mapping for an unknown file, and saying what is wrong with one."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.command_tools import print_json
from warehouse.errors import ConfigError
from warehouse.settings import Settings

if TYPE_CHECKING:
    from ingestion.suggest.proposal import Proposal
    from ingestion.trial import Trial


#: So many headers are named on the screen; the file that is written names them all.
_NAMED = 12


def add_mapping_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], home: argparse.ArgumentParser
) -> None:
    """Add the grammar of the command; each parser names its function as ``run_command``."""
    report = argparse.ArgumentParser(add_help=False)
    report.add_argument("--json", action="store_true", help="print the answer as JSON")
    mapping = commands.add_parser("mapping", help="propose or check a mapping").add_subparsers(
        dest="mapping_command", required=True, metavar="suggest|check"
    )
    suggest = mapping.add_parser("suggest", parents=[home, report], help="propose a mapping for an unknown file")
    suggest.add_argument("file", type=Path, metavar="FILE", help="a delivered file")
    suggest.add_argument("--entity", help="the entity it holds; left out, the most likely one is taken")
    suggest.add_argument("--name", help="name of the mapping; left out, it is made of the file's name")
    suggest.add_argument("--out", help="where to write it (<home>/mappings/NAME.yml); - for the screen")
    suggest.set_defaults(run_command=_suggest)
    check = mapping.add_parser("check", parents=[home, report], help="say what is wrong with a mapping, and where")
    check.add_argument("file", type=Path, metavar="FILE", help="a mapping (YAML)")
    check.add_argument("--against", type=Path, metavar="DATA", help="a delivered file to try it on")
    check.set_defaults(run_command=_check)


def _suggest(arguments: argparse.Namespace, settings: Settings) -> int:
    from ingestion.contract import load_contracts
    from ingestion.prepare import load_all_mappings
    from ingestion.suggest.file_sample import sample_file
    from ingestion.suggest.proposal import find_known_mapping, propose
    from ingestion.suggest.proposal_yaml import make_name, proposal_mapping, render_proposal
    from ingestion.suggest.vocabulary import Vocabulary
    from ingestion.trial import try_mapping

    _need_file(arguments.file)
    contracts, mappings = load_contracts(), load_all_mappings(settings.home)
    vocabulary = Vocabulary(contracts, mappings)
    sample = sample_file(arguments.file, vocabulary=vocabulary.headers)
    known = find_known_mapping(sample, mappings)
    if known and not (arguments.entity or arguments.name or arguments.out):
        trial = try_mapping(arguments.file, mappings[known.mapping], contracts)
        if arguments.json:
            print_json({"known_mapping": asdict(known), "trial": asdict(trial)})
            return 0
        print(
            f"{sample.name} is a file that the mapping {known.mapping} reads: it knows {known.headers_known} of the "
            f"{known.headers} headers."
        )
        _print_trial(trial)
        print("Name it in your extract set. For a mapping of your own all the same, give --name.")
        return 0
    proposal = propose(sample, contracts, vocabulary, entity=arguments.entity)
    name = arguments.name or make_name(sample.name, proposal.contract.entity)
    trial = try_mapping(arguments.file, proposal_mapping(proposal, name), contracts)
    text = render_proposal(proposal, name)
    target = None if arguments.out == "-" else Path(arguments.out or settings.home / "mappings" / f"{name}.yml")
    if target is not None:
        if target.exists():
            raise ConfigError(f"{target} is there already. Give another --name or --out, or move it away.")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    if arguments.json:
        print_json(_proposal_as_json(proposal, name, target, trial))
        return 0
    if target is None:
        print(text, end="")
        return 0
    _print_proposal(proposal)
    _print_trial(trial)
    shown = target.relative_to(Path.cwd()) if target.is_relative_to(Path.cwd()) else target
    print(f"written to {shown}: read it, decide what says DECIDE, then")
    print(f"  dealhouse mapping check {shown} --against {arguments.file}")
    return 0


def _proposal_as_json(proposal: Proposal, name: str, target: Path | None, trial: Trial) -> dict[str, Any]:
    return {
        "mapping": name,
        "file": str(target) if target else None,
        "entity": proposal.contract.entity,
        "score": round(proposal.score, 2),
        "rivals": [{"entity": entity, "score": score} for entity, score in proposal.rivals],
        "columns": [
            {
                "column": proposed.column.name,
                "header": proposed.header,
                "confidence": proposed.confidence,
                "why": proposed.why,
                "question": proposed.question,
            }
            for proposed in proposal.columns
        ],
        "unplaced": [column.header for column in proposal.unplaced],
        "missing_key": proposal.missing_key,
        "missing_critical": proposal.missing_critical,
        "trial": asdict(trial),
    }


def _print_proposal(proposal: Proposal) -> None:
    contract, sample = proposal.contract, proposal.sample
    print(f"{sample.name}: {contract.entity} ({contract.label_zh}), judged by {sample.rows} rows")
    for proposed in proposal.columns:
        print(
            f"  {proposed.confidence:.2f}  {proposed.column.name:24} <- {proposed.header}  ({'; '.join(proposed.why)})"
        )
    if proposal.unplaced:
        named = ", ".join(column.header for column in proposal.unplaced[:_NAMED])
        more = len(proposal.unplaced) - _NAMED
        print(f"     ?  not placed: {named}" + (f" and {more} more" if more > 0 else ""))
    for name in (*proposal.missing_key, *proposal.missing_critical):
        print(f"     !  {name}: no header resembles it")
    if proposal.rivals:
        print("  could also be " + ", ".join(f"{entity} ({score:.2f})" for entity, score in proposal.rivals))


def _print_trial(trial: Trial) -> None:
    if trial.refused:
        print(f"  tried on the file: refused as a whole. {trial.refused}")
    for output in trial.outputs:
        print(
            f"  tried on the file: {output.entity} ({output.output}): {output.rows_loaded} of {output.rows_read} rows "
            f"load, {output.rows_quarantined} wait in quarantine"
            + (f", {output.rows_filtered} are left out" if output.rows_filtered else "")
            + (f", {output.rows_folded} are folded into others" if output.rows_folded else "")
        )
        for reason, rows in output.reasons.items():
            print(f"    {rows:>8}  {reason}")
        if output.note:
            print(f"    {output.note}")
    for entity in trial.too_many_bad:
        print(f"  {entity}: that is more than its contract tolerates; such a file is refused as a whole")


def _check(arguments: argparse.Namespace, settings: Settings) -> int:
    from ingestion.contract import load_contracts
    from ingestion.mapping_files import check_mapping_file
    from ingestion.trial import try_mapping

    del settings
    _need_file(arguments.file)
    contracts = load_contracts()
    mapping, problems = check_mapping_file(arguments.file, contracts)
    trial = None
    if arguments.against is not None and mapping is not None and not problems:
        _need_file(arguments.against)
        trial = try_mapping(arguments.against, mapping, contracts)
    if arguments.json:
        print_json(
            {
                "file": str(arguments.file),
                "problems": [asdict(problem) for problem in problems],
                "trial": asdict(trial) if trial else None,
            }
        )
    else:
        for problem in problems:
            print(f"{arguments.file}: {problem}", file=sys.stderr)
        if not problems:
            print(f"{arguments.file}: nothing is wrong with it")
        if trial:
            _print_trial(trial)
    if problems:
        return 2
    return 3 if trial and (trial.refused or not trial.is_clean) else 0


def _need_file(path: Path) -> None:
    if not path.is_file():
        raise ConfigError(f"{path} is not a file.")
