"""Where Dagster finds the code location: `dagster ... -m orchestration.definitions`, settings from the environment."""

from __future__ import annotations

import warnings

import dagster as dg

warnings.filterwarnings("ignore", category=dg.BetaWarning)


@dg.definitions
def defs() -> dg.Definitions:
    # Imported here so that naming this module costs nothing before it is used.
    from orchestration.build import build_defs
    from warehouse.settings import load_settings

    return build_defs(load_settings())
