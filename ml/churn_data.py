"""Reading customers for churn: feature rows as matrices, label windows, and the fingerprint of what was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from ml.evaluation import Floats
from warehouse.errors import ModelError

FEATURES = (
    "recency_days",
    "tenure_days",
    "order_days",
    "frequency",
    "t_x_days",
    "orders_90d",
    "orders_365d",
    "net_fen",
    "net_90d_fen",
    "avg_order_fen",
    "lines",
    "refund_fen",
    "median_gap_days",
)


@dataclass(frozen=True)
class CustomerRows:
    """One row per customer and snapshot, ordered by both.

    `values`: shape (rows, len(FEATURES)), units as in the feature names, NaN where NULL (a one-time buyer has
    no gap). `churned` is None for rows read without labels.
    """

    customer_id: NDArray[Any]
    snapshot: NDArray[Any]
    values: Floats
    churned: NDArray[np.bool_] | None

    def __len__(self) -> int:
        return len(self.customer_id)

    @property
    def outcome(self) -> NDArray[np.bool_]:
        """Churned or not; an error of ours on rows that were read without labels."""
        if self.churned is None:
            raise TypeError("these customer rows carry no labels")
        return self.churned

    def column(self, feature: str) -> Floats:
        """One feature, in its own unit."""
        return self.values[:, FEATURES.index(feature)]

    def at(self, snapshots: tuple[date, ...]) -> CustomerRows:
        """Only the rows of these snapshots."""
        keep = np.isin(self.snapshot, np.array(snapshots, dtype="datetime64[D]"))
        return CustomerRows(
            customer_id=self.customer_id[keep],
            snapshot=self.snapshot[keep],
            values=self.values[keep],
            churned=None if self.churned is None else self.churned[keep],
        )


def known_until(as_of: date) -> date:
    """The exclusive end of what is known at `as_of`: windows are half-open, and the day itself counts."""
    return as_of + timedelta(days=1)


def read_latest_snapshot(con: duckdb.DuckDBPyConnection, *, as_of: date) -> date | None:
    """The snapshot to score, None when there is no customer at all."""
    row = con.execute(
        "select max(snapshot_date) from features.feat_customer_snapshot where snapshot_date <= ?",
        [known_until(as_of)],
    ).fetchone()
    return row[0] if row else None


def read_label_windows(con: duckdb.DuckDBPyConnection, *, as_of: date) -> dict[date, date]:
    """Snapshot date -> exclusive end of its label window, only windows that ended by `as_of`."""
    rows = con.execute(
        "select snapshot_date, max(label_end) from features.lbl_customer_churn"
        " group by snapshot_date having max(label_end) <= ? order by snapshot_date",
        [known_until(as_of)],
    ).fetchall()
    return dict(rows)


def read_horizon(con: duckdb.DuckDBPyConnection) -> int | None:
    """Days of the label window, None without labels. Raises ModelError when labels mix several windows."""
    found = con.execute("select distinct horizon_days from features.lbl_customer_churn order by 1").fetchall()
    if len(found) > 1:
        raise ModelError(f"features.lbl_customer_churn mixes label windows of {[row[0] for row in found]} days.")
    return int(found[0][0]) if found else None


def fingerprint_labelled(con: duckdb.DuckDBPyConnection, *, as_of: date) -> str:
    """A text that changes when any labelled row or label changes, whatever the row order; computed in the database."""
    names = ", ".join(f"f.{name}" for name in FEATURES)
    row = con.execute(
        "select count(*), bit_xor(md5_number(cast(row(f.customer_id, f.snapshot_date, l.horizon_days, l.churned,"
        f" l.label_end, {names}) as varchar)))"
        " from features.feat_customer_snapshot f join features.lbl_customer_churn l"
        " using (customer_id, snapshot_date) where l.label_end <= ?",
        [known_until(as_of)],
    ).fetchone()
    return f"{row[0]}:{row[1]}" if row else "0:None"


def read_labelled(con: duckdb.DuckDBPyConnection, *, as_of: date) -> CustomerRows:
    """All rows whose label window ended by `as_of`."""
    return _read(
        con,
        "join features.lbl_customer_churn l using (customer_id, snapshot_date) where l.label_end <= ?",
        [known_until(as_of)],
        label="l.churned",
    )


def read_snapshot(con: duckdb.DuckDBPyConnection, *, snapshot: date) -> CustomerRows:
    """The rows of one snapshot, without labels."""
    return _read(con, "where f.snapshot_date = ?", [snapshot], label=None)


def _read(con: duckdb.DuckDBPyConnection, rest: str, values: list[Any], *, label: str | None) -> CustomerRows:
    names = ", ".join(f"cast(f.{name} as double) as {name}" for name in FEATURES)
    labels = f", {label} as churned" if label else ""
    found = con.execute(
        f"select f.customer_id, f.snapshot_date, {names}{labels} from features.feat_customer_snapshot f {rest}"
        " order by f.snapshot_date, f.customer_id",
        values,
    ).fetchnumpy()
    return CustomerRows(
        customer_id=np.asarray(found["customer_id"], dtype=object),
        snapshot=np.asarray(found["snapshot_date"]).astype("datetime64[D]"),
        # NULL arrives as a masked value whose hidden content is not NaN.
        values=np.column_stack([np.ma.filled(found[name].astype(float), np.nan) for name in FEATURES]),
        churned=np.asarray(found["churned"], dtype=bool) if label else None,
    )
