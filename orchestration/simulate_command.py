"""The command `simulate`: the plan's company as extracts, with the truth beside them. It needs no home folder."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from orchestration.command_tools import print_json


def add_simulate_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the grammar of the command; its function stands under ``run_without_home``."""
    simulate = commands.add_parser("simulate", help="write the extracts of the plan's company, at any size")
    simulate.add_argument("--out", type=Path, required=True, help="folder for landing/ and truth/")
    simulate.add_argument("--seed", type=int, help="seed of all draws (20240101)")
    simulate.add_argument("--start", type=date.fromisoformat, help="first day, a 1 January (2022-01-01)")
    simulate.add_argument("--end", type=date.fromisoformat, help="last day that the extracts cover (2024-12-31)")
    simulate.add_argument("--scale", type=float, help="size; 1 is the plan's company (1)")
    simulate.add_argument("--shop-scale", type=float, help="size of the online shop alone (as --scale)")
    simulate.add_argument("--dirtiness", type=float, help="0 is clean, 1 is the dirt of the catalogue (1)")
    simulate.add_argument("--single-days", type=int, help="last days that are delivered one by one (14)")
    simulate.add_argument(
        "--format", choices=("csv", "parquet"), help="format of the files in the contracts' shape (csv)"
    )
    simulate.add_argument("--json", action="store_true", help="print the answer as JSON")
    simulate.set_defaults(run_without_home=_simulate)


def _simulate(arguments: argparse.Namespace) -> int:
    from ingestion.simulator import SimulationPlan, simulate

    chosen: dict[str, Any] = {
        "seed": arguments.seed,
        "start": arguments.start,
        "end": arguments.end,
        "scale": arguments.scale,
        "shop_scale": arguments.shop_scale,
        "dirtiness": arguments.dirtiness,
        "single_days": arguments.single_days,
        "file_format": arguments.format,
    }
    plan = SimulationPlan(out=arguments.out, **{name: value for name, value in chosen.items() if value is not None})
    result = simulate(plan)
    first, last = result.load_dates[0], result.load_dates[-1]
    if arguments.json:
        print_json(
            {
                "landing": str(result.landing),
                "metrics": str(result.metrics),
                "bayes": str(result.bayes),
                "load_dates": [f"{day}" for day in result.load_dates],
                "rows": result.rows_by_entity,
            }
        )
        return 0
    print(f"{result.rows} rows in {len(result.deliveries)} deliveries below {result.landing}")
    print(f"the truth about them in {result.metrics} and {result.bayes}")
    print(f"load them with --landing {result.landing} --from-date {first} --load-date {last}")
    return 0
