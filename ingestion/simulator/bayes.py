"""How well each prediction can be made at all: figures of the true probabilities and means, to hold models to."""

from __future__ import annotations

import json
from pathlib import Path

from ingestion.simulator import parameters as p
from ingestion.simulator.world import World

#: Rank of the mean over ties: the AUC of probabilities ``p`` for the outcomes ``y``, and what it is on average when
#: outcomes are drawn from ``p``: a pair of different outcomes counts by the chance that it has them.
_AUC = """
    with cases as (select round(p, 12) as p, y from ({cases})),
    tied as (select p, count(*) as n, sum(y) as won, sum(p * 1000000000000)::hugeint as sp from cases group by p),
    ranked as (
        select *, coalesce(sum(n - won) over (order by p rows between unbounded preceding and 1 preceding), 0)
            as lost_below,
            coalesce(sum(n * 1000000000000::hugeint - sp) over (
                order by p rows between unbounded preceding and 1 preceding), 0) as q_below
        from tied)
    select sum(n)::bigint as cases, sum(won)::bigint as positives,
        sum(won * (lost_below + (n - won) / 2))::double / nullif((sum(won) * (sum(n) - sum(won)))::double, 0) as auc,
        sum(sp::double / 1e12 * (q_below::double / 1e12 + (n - sp::double / 1e12) / 2))
            / nullif((sum(sp)::double / 1e12) * (sum(n) - sum(sp)::double / 1e12), 0) as expected_auc,
        (select sum(case when y = 1 then -ln(greatest(p, 1e-12)) else -ln(greatest(1 - p, 1e-12)) end) / count(*)
            from cases)
            as log_loss,
        (select sum(p * (1 - p)) / count(*) from cases) as expected_brier
    from ranked"""

_TASKS = {
    "win_probability": (
        "A valid lead is won. Known: hours to the first answer, meetings, discount, opened mails, source, existing "
        "customer, industry and size of new companies.",
        "select p, is_won::integer as y from deal where cohort >= {first} and created_at < {cut}",
    ),
    "customer_churn_year": (
        "A customer that signed a contract in a year signs none in the next. Known on 31 December.",
        "select p, has_left::integer as y from churn where make_date(year + 2, 1, 1) <= {cut}",
    ),
    "buyer_churn_year": (
        "A shop buyer of a year orders nothing in the next. Known on 31 December.",
        "select p, has_left::integer as y from shop_churn where make_date(year + 2, 1, 1) <= {cut}",
    ),
    # Who stays orders first on a day drawn by its share of the year: within 90 days with the share that they have.
    "buyer_churn_90_days": (
        "A shop buyer of a year orders nothing in the first 90 days of the next. Known on 31 December.",
        """select 1 - (1 - p) * c_from as p, (n.b is null)::integer as y
        from shop_churn as s join shop_day as e on e.d = make_date(s.year + 1, 1, 1) + 90
            left join buyer_year as n on n.b = s.b and n.year = s.year + 1 and n.day < e.d
        where e.d <= {cut}""",
    ),
}


def write_bayes(world: World, path: Path) -> None:
    """Write ``bayes.json``: the limit of each task, the planted odds and what the limit was measured on."""
    cut = f"(date '{world.plan.end}' + 1)"
    # One thread: the last digit of a sum of doubles depends on the order of adding.
    threads = world.number("select current_setting('threads')")
    world.run("set threads = 1")
    tasks: dict[str, object] = {}
    for name, (text, cases) in _TASKS.items():
        query = cases.format(first=world.plan.start.year, cut=cut)
        row = world.rows(_AUC.format(cases=query))[0]
        keys = ("cases", "positives", "auc", "expected_auc", "log_loss", "expected_brier")
        tasks[name] = {"task": text} | {key: _rounded(value) for key, value in zip(keys, row, strict=True)}
    tasks |= {name: _forecast(world, query.replace("@cut", cut), text) for name, (text, query) in _FORECASTS.items()}
    world.run(f"set threads = {threads}")
    document = {
        "tasks": tasks,
        "odds": {"win": p.WIN_ODDS, "customer_churn": p.CHURN_ODDS, "buyer_churn": p.SHOP_CHURN_ODDS},
        "note": "auc: of the true probabilities for what happened; expected_auc: its mean over what could have been. "
        "wape: sum |actual - true mean| / sum actual. No model that sees less can be better in the long run.",
    }
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


_FORECASTS = {
    # The mean of a day is its planted share of the year's orders; the mean value of an order is that of the year.
    "shop_orders_daily": (
        "Orders of the shop by day; the year's number of orders is known, the day's share of it is planted.",
        """with sold as (select d, count(*) as n from shop_order where not is_cancelled and d < @cut group by d),
            years as (select year(d) as year, sum(n) as n from sold group by 1)
            select s.d as cell, coalesce(sold.n, 0)::double as actual,
                weight::double * years.n::double / sum(weight) over (partition by s.year)::double as expected
            from shop_day as s left join sold using (d) join years on years.year = s.year where s.d < @cut""",
    ),
    # Where deals come due in a month, won or not, tells the mean: seven times as many as the won ones.
    "contract_revenue_region_month": (
        "Revenue of contracts by region (as is) and month; known: the year's revenue, each month's share of due deals.",
        """with months as (
                select sign_year as year, month(sign_on) as month, count(*) as n from deal
                where sign_year in (select year from tool_plan) group by all),
            quarters as (
                select year, month, n, sum(n) over (partition by year, (month - 1) // 3) as of_quarter from months),
            sold as (
                select c.year, month(sign_on) as month, a.region, sum(net_fen) as fen
                from contract as c join account as a using (account_no) group by all),
            wide as (select distinct q.year, q.month, region, n, of_quarter from quarters as q,
                (select distinct region from sold))
            select (w.year, w.month, w.region) as cell, coalesce(s.fen, 0)::double as actual,
                (select sum(fen) from sold as r where r.year = w.year and r.region = w.region)::double
                * (select sum(fen) from sold as q where q.year = w.year
                    and (q.month - 1) // 3 = (w.month - 1) // 3)::double
                / (select sum(fen) from sold as y where y.year = w.year)::double * n / of_quarter as expected
            from wide as w left join sold as s using (year, month, region)
            where last_day(make_date(w.year, w.month::integer, 1)) < @cut""",
    ),
}


def _forecast(world: World, query: str, text: str) -> dict[str, object]:
    # Whole numbers: a sum of doubles would depend on the order in which threads add it up.
    row = world.rows(
        f"""select count(*), sum(round(abs(actual - expected) * 1000)::hugeint)::double
            / nullif(sum(round(actual * 1000)::hugeint)::double, 0) from ({query})"""
    )[0]
    return {"task": text, "cells": int(str(row[0])), "wape": _rounded(row[1])}


def _rounded(value: object) -> float | int | None:
    if value is None or isinstance(value, int):
        return value
    return round(float(str(value)), 6)
