"""How a dbt node appears in Dagster: key = schema and table, group = schema, owner and description from dbt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject

from orchestration.asset_facts import OWNERS


class WarehouseTranslator(DagsterDbtTranslator):
    """One hook, as the library asks: everything is set on the spec. One translator serves one manifest."""

    def __init__(self) -> None:
        super().__init__()
        # The library asks for a node once for itself and once for each node that reads it.
        self._finished: dict[str, dg.AssetSpec] = {}

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        if unique_id in self._finished:
            return self._finished[unique_id]
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = manifest["sources"].get(unique_id) or manifest["nodes"][unique_id]
        text = str(node.get("description") or "").strip() or f"{node['schema']}.{node['name']}"
        self._finished[unique_id] = spec.replace_attributes(
            key=dg.AssetKey([node["schema"], node.get("alias") or node["name"]]),
            group_name=node["schema"],
            owners=list(OWNERS),
            description=text,
        )
        return self._finished[unique_id]
