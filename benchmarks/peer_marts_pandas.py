"""pandas as a peer: four marts from the Parquet files of the facts, written as Parquet."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd


def build_marts(source: Path, target: Path) -> None:
    """Read only the columns that a mart needs, as a careful user would."""
    orders = pd.read_parquet(
        source / "fct_order.parquet",
        columns=["order_id", "customer_id", "ordered_on", "is_cancelled", "gross_fen", "currency"],
    )
    refunds = pd.read_parquet(
        source / "fct_refund_line.parquet",
        columns=["order_id", "refunded_on", "is_of_cancelled_order", "refund_fen", "currency"],
    )
    orders["month"] = pd.to_datetime(orders["ordered_on"]).astype("datetime64[s]").dt.to_period("M")
    refunds["month"] = pd.to_datetime(refunds["refunded_on"]).astype("datetime64[s]").dt.to_period("M")
    _cohorts(orders, refunds).to_parquet(target / "cohorts.parquet")
    _revenue(orders, refunds).to_parquet(target / "revenue.parquet")
    deals = pd.read_parquet(
        source / "fct_opportunity.parquet",
        columns=["region_id", "currency", "reached_stage_order", "outcome", "won_fen", "closed_on"],
    )
    _funnel(deals).to_parquet(target / "funnel.parquet")
    _regions(deals).to_parquet(target / "regions.parquet")


def _cohorts(orders: pd.DataFrame, refunds: pd.DataFrame) -> pd.DataFrame:
    refunded = refunds[refunds["month"].notna()].groupby("order_id")["refund_fen"].sum()
    given_back = orders["order_id"].map(refunded).fillna(0)
    is_refunded = (given_back > 0) & (given_back >= orders["gross_fen"])
    is_order = ~orders["is_cancelled"] & ~is_refunded
    bought = orders[is_order & (orders["customer_id"] != "unknown") & orders["month"].notna()]
    active = bought[["customer_id", "month"]].drop_duplicates()
    active = active.assign(cohort=active.groupby("customer_id")["month"].transform("min"))
    counted = active.groupby(["cohort", "month"]).size().reset_index(name="retained")
    return pd.DataFrame(
        {
            "cohort_month": counted["cohort"].dt.to_timestamp(),
            "activity_month": counted["month"].dt.to_timestamp(),
            "retained": counted["retained"],
        }
    )


def _revenue(orders: pd.DataFrame, refunds: pd.DataFrame) -> pd.DataFrame:
    plus = orders[~orders["is_cancelled"]][["month", "currency", "gross_fen"]].rename(columns={"gross_fen": "net_fen"})
    minus = refunds[~refunds["is_of_cancelled_order"]][["month", "currency", "refund_fen"]]
    minus = minus.assign(net_fen=-minus["refund_fen"])[["month", "currency", "net_fen"]]
    both = pd.concat([plus, minus]).dropna(subset=["month"])
    both["period_start"] = both["month"].dt.to_timestamp().dt.to_period("Q").dt.to_timestamp()
    return both.groupby(["period_start", "currency"])["net_fen"].sum().reset_index()


def _funnel(deals: pd.DataFrame) -> pd.DataFrame:
    counts = deals.groupby(["region_id", "currency", "reached_stage_order"]).size().unstack(fill_value=0)
    reached = counts.reindex(columns=range(1, 7), fill_value=0).iloc[:, ::-1].cumsum(axis=1)
    return reached.stack().reset_index(name="reached_count").rename(columns={"reached_stage_order": "stage_order"})


def _regions(deals: pd.DataFrame) -> pd.DataFrame:
    closed = deals[deals["outcome"] != "open"]
    closed = closed.assign(
        period_start=pd.to_datetime(closed["closed_on"]).astype("datetime64[s]").dt.to_period("M").dt.to_timestamp(),
        won=closed["outcome"] == "won",
        lost=closed["outcome"] == "lost",
    )
    return (
        closed.groupby(["region_id", "currency", "period_start"])
        .agg(won_fen=("won_fen", "sum"), won_count=("won", "sum"), lost_count=("lost", "sum"))
        .reset_index()
    )


if __name__ == "__main__":
    build_marts(Path(sys.argv[1]), Path(sys.argv[2]))
