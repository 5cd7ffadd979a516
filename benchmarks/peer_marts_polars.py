"""polars as a peer: four marts from the Parquet files of the facts, lazily, written as Parquet."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl


def build_marts(source: Path, target: Path) -> None:
    """The same marts as the pandas peer; polars reads only the columns that it needs."""
    orders = pl.scan_parquet(source / "fct_order.parquet")
    refunds = pl.scan_parquet(source / "fct_refund_line.parquet")
    deals = pl.scan_parquet(source / "fct_opportunity.parquet")
    _cohorts(orders, refunds).collect().write_parquet(target / "cohorts.parquet")
    _revenue(orders, refunds).collect().write_parquet(target / "revenue.parquet")
    _funnel(deals).collect().write_parquet(target / "funnel.parquet")
    _regions(deals).collect().write_parquet(target / "regions.parquet")


def _cohorts(orders: pl.LazyFrame, refunds: pl.LazyFrame) -> pl.LazyFrame:
    refunded = (
        refunds.filter(pl.col("refunded_on").is_not_null())
        .group_by("order_id")
        .agg(given_back=pl.col("refund_fen").sum())
        .filter(pl.col("given_back") > 0)
    )
    active = (
        orders.join(refunded, on="order_id", how="left")
        .filter(pl.col("given_back").is_null() | (pl.col("given_back") < pl.col("gross_fen")))
        .filter(~pl.col("is_cancelled") & (pl.col("customer_id") != "unknown") & pl.col("ordered_on").is_not_null())
        .select("customer_id", activity_month=pl.col("ordered_on").dt.truncate("1mo"))
        .unique()
    )
    firsts = active.group_by("customer_id").agg(cohort_month=pl.col("activity_month").min())
    return active.join(firsts, on="customer_id").group_by("cohort_month", "activity_month").agg(retained=pl.len())


def _revenue(orders: pl.LazyFrame, refunds: pl.LazyFrame) -> pl.LazyFrame:
    plus = orders.filter(~pl.col("is_cancelled")).select(
        "currency", period_start=pl.col("ordered_on").dt.truncate("1q"), net_fen=pl.col("gross_fen")
    )
    minus = refunds.filter(~pl.col("is_of_cancelled_order")).select(
        "currency", period_start=pl.col("refunded_on").dt.truncate("1q"), net_fen=-pl.col("refund_fen")
    )
    both = pl.concat([plus, minus]).filter(pl.col("period_start").is_not_null())
    return both.group_by("period_start", "currency").agg(pl.col("net_fen").sum())


def _funnel(deals: pl.LazyFrame) -> pl.LazyFrame:
    stages = pl.LazyFrame({"stage_order": range(1, 7)}, schema={"stage_order": pl.Int32})
    counts = deals.group_by("region_id", "currency", "reached_stage_order").agg(n=pl.len())
    return (
        counts.join(stages, how="cross")
        .group_by("region_id", "currency", "stage_order")
        .agg(reached_count=pl.col("n").filter(pl.col("reached_stage_order") >= pl.col("stage_order")).sum())
    )


def _regions(deals: pl.LazyFrame) -> pl.LazyFrame:
    closed = deals.filter(pl.col("outcome") != "open")
    return closed.group_by("region_id", "currency", period_start=pl.col("closed_on").dt.truncate("1mo")).agg(
        won_fen=pl.col("won_fen").sum(),
        won_count=(pl.col("outcome") == "won").sum(),
        lost_count=(pl.col("outcome") == "lost").sum(),
    )


if __name__ == "__main__":
    build_marts(Path(sys.argv[1]), Path(sys.argv[2]))
