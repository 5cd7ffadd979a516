"""Causes that were planted can be found again: a logistic regression on the world gives the planted odds back."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from ingestion.simulator import SimulationPlan
from ingestion.simulator import parameters as p
from ingestion.simulator.simulation import build_world
from ingestion.simulator.world import World, open_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The plan's company, without files."""
    with open_world(SimulationPlan(out=tmp_path_factory.mktemp("world"))) as world:
        build_world(world)
        yield world


def fitted(rows: list[tuple[object, ...]]) -> np.ndarray:
    """Coefficients and their standard errors of an unpenalised regression of the last column on the others."""
    table = np.array(rows, dtype=float)
    x, y = table[:, :-1], table[:, -1]
    model = LogisticRegression(C=1e9, max_iter=2000).fit(x, y)
    chance = model.predict_proba(x)[:, 1]
    design = np.column_stack([np.ones(len(x)), x])
    covariance = np.linalg.inv(design.T @ (design * (chance * (1 - chance))[:, None]))
    return np.column_stack([model.coef_[0], np.sqrt(np.diag(covariance))[1:]])


def test_odds_of_winning_are_found_again(world: World) -> None:
    rows = world.rows(
        """select log2(response_h / 4), meetings, discount_bp / 100, opens,
            (not is_existing and industry in ('新能源', '生物医药'))::integer, (not is_existing
                and staff >= 1000)::integer,
            is_existing::integer, (grp = 'marketing')::integer, is_won::integer
        from deal where cohort >= 2022"""
    )
    found = fitted(rows)
    for (name, planted), (estimate, error) in zip(p.WIN_ODDS.items(), found, strict=False):
        assert abs(estimate - planted) < 4 * error, name
        assert error < 0.15, name


def test_odds_of_leaving_are_found_again(world: World) -> None:
    rows = world.rows(
        """select gap_month, opens, is_repeat::integer, is_slow::integer, is_large::integer, has_left::integer
        from churn where year < 2024"""
    )
    for (name, planted), (estimate, error) in zip(p.CHURN_ODDS.items(), fitted(rows), strict=True):
        assert abs(estimate - planted) < 4 * error, name


def test_odds_of_shop_buyers_are_found_again(world: World) -> None:
    rows = world.rows("select gap_month, is_repeat::integer, has_left::integer from shop_churn")
    for (name, planted), (estimate, error) in zip(p.SHOP_CHURN_ODDS.items(), fitted(rows), strict=True):
        assert abs(estimate - planted) < 4 * error, name


def test_promotion_days_and_new_year_shape_the_shop(world: World) -> None:
    usual, singles, new_year = (
        world.rows(f"select count(*)::double / count(distinct d) from shop_order where not is_cancelled and {days}")[0][
            0
        ]
        for days in (
            "month(d) in (3, 4, 9)",
            "d in ('2023-11-11', '2024-11-11')",
            "d between '2024-02-09' and '2024-02-15'",
        )
    )
    assert float(str(singles)) > 6 * float(str(usual))
    assert float(str(new_year)) < 0.6 * float(str(usual))


def test_quarter_ends_pull_signatures(world: World) -> None:
    last, first = (
        world.number(f"select count(*) from contract where {days}")
        for days in ("sign_on >= date_trunc('quarter', sign_on) + interval 3 month - interval 6 day",
                     "sign_on < date_trunc('quarter', sign_on) + interval 6 day")
    )  # fmt: skip
    assert last > 1.3 * first


def test_every_deal_has_an_owner_of_its_region(world: World) -> None:
    """Who moved in the middle of a quarter owns what was signed where he was."""
    strangers = world.number(
        """select count(*) from opportunity as o join occupancy as c on c.person = o.last_owner
            and o.closed_at::date between c.from_on and c.to_on join seat as s on s.seat = c.seat
        where s.centre <> o.centre and o.is_won"""
    )
    assert strangers == 0
    assert world.number("select count(*) from opportunity") == world.number("select count(*) from deal")


def test_working_days_of_an_approval_by_the_calendar(world: World) -> None:
    """Handed in Friday 2024-09-27 and approved Wednesday 2024-10-09 is 4 working days; 2024 has 251."""
    days = dict(
        world.rows("select d::varchar, wd from cal where d in ('2024-09-27', '2024-10-09', '2023-12-31', '2024-12-31')")
    )
    assert int(str(days["2024-10-09"])) - int(str(days["2024-09-27"])) == 4
    assert int(str(days["2024-12-31"])) - int(str(days["2023-12-31"])) == 251
    uneven = world.number(
        """select count(*) from approval as a join contract_approval as c using (i) join cal as f
            on f.d = asked_at::date
        join cal as t on t.d = decided_at::date where t.wd - f.wd <> approval_wd"""
    )
    assert uneven == 0
