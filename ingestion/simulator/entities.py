"""Which contracts are written, how, and by which key their rows are put in order."""

from __future__ import annotations

from dataclasses import dataclass

from ingestion.contract import Contract, load_contracts
from ingestion.simulator.entities_crm import CRM
from ingestion.simulator.entities_other import OTHER

#: Of the contracts with platforms, those that a vendor's shape covers while vendors' shapes are written.
VENDOR_PLATFORMS = {"mtg.meeting": ("tencent", "zoom"), "mtg.attendee": ("tencent", "zoom"), "ec.order": ("taobao",),
                    "ec.order_item": ("taobao",)}  # fmt: skip
#: Contracts that a vendor's shape replaces as a whole.
VENDOR_ONLY = ("mk.engagement", "crm.external_contact")
#: System that the manifest names, by contract prefix. Shop and catalogue keep their products apart.
SYSTEMS = {"crm": "crm", "ref": "crm", "oa": "oa", "mtg": "meetings", "ec": "shop", "mk": "mailing", "hr": "hr",
           "fin": "finance", "svc": "service"}  # fmt: skip


@dataclass(frozen=True)
class Entity:
    """One contract and the query that fills it. A snapshot has no instant of its own: it is compared as a whole."""

    contract: Contract
    query: str

    @property
    def name(self) -> str:
        return self.contract.entity

    @property
    def is_snapshot(self) -> bool:
        return self.contract.mode == "snapshot"

    @property
    def system(self) -> str:
        return SYSTEMS[self.name.split(".")[0]]

    def at(self, cut: str, *, vendors: bool) -> str:
        """The rows as known before an SQL timestamp, without what vendors' shapes hold."""
        held_back = VENDOR_PLATFORMS.get(self.name, ()) if vendors else ()
        listed = ", ".join(f"'{platform}'" for platform in held_back)
        return self.query.replace("@platform", f"platform not in ({listed})" if listed else "true").replace("@cut", cut)


def entities(names: tuple[str, ...] | None = None) -> list[Entity]:
    """Every contract that the simulator can fill, or those of the given names, in the order of the contracts."""
    contracts, queries = load_contracts(), CRM | OTHER
    return [
        Entity(contracts[name], queries[name]) for name in contracts if name in queries and name in (names or queries)
    ]
