"""Budgets, expenses and targets, so that each year's rates of expense and attainment are the plan's."""

from __future__ import annotations

from ingestion.simulator import parameters as p
from ingestion.simulator.draws import apportion, quoted
from ingestion.simulator.world import World


def build_finance(world: World) -> None:
    """Tables ``expense``, ``budget`` and ``target`` (fen). Regions are those of the month."""
    spent: list[tuple[str, str, str, int]] = []
    budget: list[tuple[str, str, str, int]] = []
    targets: list[tuple[str, str, str, str, int]] = []
    for year in world.plan.years:
        figures = p.year_figures(year)
        revenue = round(figures.revenue_fen * world.plan.scale)
        regions, shares = _regions(world, year)
        months = [quarter / 3 for quarter in figures.quarter_shares for _ in range(3)]
        cells = [
            (r, m, share * month) for r, share in zip(regions, shares, strict=True) for m, month in enumerate(months)
        ]
        allowed = round(p.BUDGET_2024_FEN * world.plan.scale * figures.revenue_fen / p.year_figures(2024).revenue_fen)
        allowed = round(p.BUDGET_2024_FEN * world.plan.scale) if year == 2024 else allowed
        splits = list(p.BUDGET_SPLIT.items())
        for total, rows in ((round(revenue * figures.expense_rate), spent), (allowed, budget)):
            for (category, _), fen in zip(splits, apportion(total, [s for _, s in splits]), strict=True):
                rows += [
                    (category, region, f"{year}-{month + 1:02d}-01", part)
                    for (region, month, _), part in zip(cells, apportion(fen, [w for *_, w in cells]), strict=True)
                ]
        spent += _logistics(world, year)
        targets += _targets(world, year, revenue)
    for name, rows in (("expense", spent), ("budget", budget)):
        listed = ", ".join(f"({quoted(c)}, {quoted(r)}, date {quoted(m)}, {fen}::bigint)" for c, r, m, fen in rows)
        world.run(f"create table {name} as from (values {listed}) as t(category, region, month, fen)")
    listed = ", ".join(
        f"({quoted(t)}, {quoted(s)}, {quoted(i)}, date {quoted(d)}, {fen}::bigint)" for t, s, i, d, fen in targets
    )
    world.run(
        f"create table target as from (values {listed}) as t(period_type, scope_type, scope_id, period_start, fen)"
    )


def _regions(world: World, year: int) -> tuple[list[str], list[float]]:
    """Regions of a year with their shares of the contracts' revenue."""
    column = "centre" if f"{year}-01-01" < p.REORGANISED_ON else "region"
    rows = world.rows(
        f"""select {column}, sum(net_fen)::bigint
        from contract join (select account_no, region from account) using (account_no)
        where year = {year} group by 1 order by 1"""
    )
    return [str(name) for name, _ in rows], [float(str(fen)) for _, fen in rows]


def _logistics(world: World, year: int) -> list[tuple[str, str, str, int]]:
    regions, sums = _regions(world, year)
    rows = []
    for region, fen in zip(regions, sums, strict=True):
        rate = p.LOGISTICS_RATE_EAST * (p.WEST_LOGISTICS_FACTOR if region.startswith("西部") else 1.0)
        parts = apportion(round(fen * rate), [1.0] * 12)
        rows += [("logistics", region, f"{year}-{month + 1:02d}-01", part) for month, part in enumerate(parts)]
    return rows


def _targets(world: World, year: int, revenue: int) -> list[tuple[str, str, str, str, int]]:
    figures = p.year_figures(year)
    day = f"{year}-01-01"
    company = round(p.REVENUE_TARGETS.get(year, figures.revenue_fen) * world.plan.scale)
    regions, sums = _regions(world, year)
    attained = p.ATTAINMENT_2023 if year == 2023 else {}
    fixed = {r: round(fen / attained[r]) for r, fen in zip(regions, sums, strict=True) if r in attained}
    others = [(r, fen) for r, fen in zip(regions, sums, strict=True) if r not in attained]
    rest = apportion(max(0, company - sum(fixed.values())), [fen for _, fen in others])
    by_region = fixed | {r: fen for (r, _), fen in zip(others, rest, strict=True)}
    rows = [("year", "company", "company", day, company)]
    rows += [("year", "region", region, day, fen) for region, fen in by_region.items()]
    if year == 2023:
        b = round(revenue * figures.series_shares[1] / p.B_ATTAINMENT_2023)
        rows.append(("year", "product_line", "B", day, b))
    for n, fen in enumerate(apportion(company, figures.quarter_shares)):
        rows.append(("quarter", "company", "company", f"{year}-{3 * n + 1:02d}-01", fen))
    return rows
