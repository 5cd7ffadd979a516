"""A tiny delivery folder and an empty warehouse for the intake tests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from ingestion.contract import load_contracts
from ingestion.extract_set import ExtractSet, plan_intake
from ingestion.intake import FileOutcome, Intake, take_in_all
from ingestion.mapping import Mapping
from ingestion.mapping_files import check_mapping
from ingestion.personal_data import use_key
from ingestion.prepare import prepare_intake
from ingestion.raw_tables import create_raw_tables
from warehouse.connection import connect
from warehouse.schema import create_shared_tables

LOAD_DATE = date(2024, 5, 6)

PRODUCT = Mapping.model_validate(
    {
        "mapping": "product",
        "version": 1,
        "description": "Products.",
        "file": {"format": "csv", "null_values": ["n/a"]},
        "outputs": [
            {
                "name": "product",
                "entity": "ref.product",
                "columns": {
                    "product_id": {"from": ["sku", "编号"]},
                    "product_name": {"from": "name"},
                    "series": {"from": "series"},
                    "list_price": {"from": "price"},
                    "currency": {"constant": "CNY"},
                },
            }
        ],
    }
)

ACCOUNT = Mapping.model_validate(
    {
        "mapping": "account",
        "version": 1,
        "description": "Accounts with a phone number.",
        "file": {"format": "csv"},
        "outputs": [
            {
                "name": "account",
                "entity": "crm.account",
                "columns": {
                    "account_id": {"from": "id"},
                    "account_name": {"from": "name"},
                    "phone": {"from": "phone"},
                    "employee_count": {"from": "staff"},
                },
            }
        ],
    }
)

APPROVAL = Mapping.model_validate(
    {
        "mapping": "approval",
        "version": 1,
        "description": "An event log: one row a step.",
        "file": {"format": "csv"},
        "outputs": [
            {
                "name": "approval",
                "entity": "oa.approval_instance",
                "columns": {
                    "corp_id": {"constant": "c1"},
                    "instance_id": {"from": "case"},
                    "status_raw": {"from": "step"},
                    "amount": {"from": "amount", "round": "half_up"},
                    "created_at": {"from": "at", "zone": "Asia/Shanghai"},
                    "finished_at": {"from": "at", "zone": "Asia/Shanghai"},
                },
                "fold": {
                    "by": ["corp_id", "instance_id"],
                    "order_by": "created_at",
                    "columns": {"created_at": "min", "finished_at": "max", "status_raw": "last"},
                },
            }
        ],
    }
)

EXTRACT_SET = ExtractSet.model_validate(
    {
        "extract_set": "test_company",
        "description": "A company for tests.",
        "sources": {
            "crm": {"system": "t_crm", "business_zone": "Asia/Shanghai", "currency": "CNY"},
            "oa": {"system": "t_oa", "business_zone": "Asia/Shanghai", "currency": "CNY"},
        },
        "files": [
            {"path": "products.csv", "mapping": "product", "source": "crm"},
            {"path": "accounts.csv", "mapping": "account", "source": "crm"},
            {"path": "approvals.csv", "mapping": "approval", "source": "oa"},
        ],
        "ignored": [{"path": "notes/*", "reason": "written for people"}],
    }
)

GOOD = {
    "products.csv": "sku,name,series,price\np1,Alpha,A,10.50\np2,Beta,B,20\n",
    "accounts.csv": "id,name,phone,staff\na1,Acme,13800001234,12\n",
    "approvals.csv": "case,step,amount,at\nk1,submit,5.005,2024-05-01 09:00:00\nk1,done,5.005,2024-05-02 10:00:00\n",
}


@dataclass
class Company:
    """A folder of extracts beside an open warehouse."""

    folder: Path
    con: duckdb.DuckDBPyConnection

    def deliver(self, files: dict[str, str | bytes]) -> None:
        for name, content in files.items():
            path = self.folder / "extracts" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def take_in(
        self,
        *,
        load_date: date = LOAD_DATE,
        mappings: tuple[Mapping, ...] = (PRODUCT, ACCOUNT, APPROVAL),
        extract_set: ExtractSet = EXTRACT_SET,
        accept_shrinking: bool = False,
    ) -> dict[str, FileOutcome]:
        """Take in what lies in the folder; outcomes by file name."""
        contracts = load_contracts()
        for mapping in mappings:
            check_mapping(mapping, contracts)
        intake = Intake(
            plan=plan_intake(extract_set, self.folder / "extracts"),
            mappings={mapping.mapping: mapping for mapping in mappings},
            contracts=contracts,
            landing_dir=self.folder / "landing",
            load_date=load_date,
            loaded_at=datetime(2024, 5, 6, 6, tzinfo=UTC),
            accept_shrinking=accept_shrinking,
        )
        return {outcome.file: outcome for outcome in take_in_all(self.con, intake)}

    def land(
        self,
        entity: str,
        files: dict[str, str | bytes],
        *,
        load_date: date = LOAD_DATE,
        delivery: str = "d1",
        manifest: dict[str, object] | None = None,
    ) -> Path:
        """Put a delivery with its manifest into the landing folder outside; ``manifest`` overrides what it says."""
        folder = self.folder / "arrivals" / entity.split(".")[0] / entity / f"dt={load_date}" / delivery
        folder.mkdir(parents=True, exist_ok=True)
        described = []
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (folder / name).write_bytes(data)
            described.append({"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})
        said = {"entity": entity, "source_system": "t_crm", "files": described, **(manifest or {})}
        (folder / "_manifest.json").write_text(json.dumps(said))
        return folder

    def take_in_landed(self, *, load_date: date = LOAD_DATE, accept_shrinking: bool = False) -> dict[str, FileOutcome]:
        """Take in the deliveries of a load date from the landing folder outside; outcomes by file name."""
        intake = prepare_intake(
            self.folder,
            load_date=load_date,
            loaded_at=datetime(2024, 5, 6, 6, tzinfo=UTC),
            landing=self.folder / "arrivals",
            accept_shrinking=accept_shrinking,
        )
        return {outcome.file: outcome for outcome in take_in_all(self.con, intake)}

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return self.con.execute(query).fetchall()


@contextmanager
def open_company(folder: Path) -> Iterator[Company]:
    """A company with an empty delivery folder."""
    (folder / "extracts").mkdir(parents=True)
    with connect(folder / "warehouse.duckdb") as con:
        create_shared_tables(con)
        create_raw_tables(con, load_contracts())
        use_key(con, b"a key for tests", now=datetime(2024, 5, 6, tzinfo=UTC))
        yield Company(folder, con)
