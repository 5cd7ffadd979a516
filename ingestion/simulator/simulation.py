"""One simulation from its plan to the files: the world, the dirt, the deliveries, the truth, in that order."""

from __future__ import annotations

from collections.abc import Callable

from ingestion.simulator.approvals import build_approvals, build_quotes_and_discounts
from ingestion.simulator.bayes import write_bayes
from ingestion.simulator.calendar import build_calendar
from ingestion.simulator.causes import decide_deals
from ingestion.simulator.contracts import build_contracts
from ingestion.simulator.customers import build_customers
from ingestion.simulator.deliveries import write_deliveries
from ingestion.simulator.dirt import build_dirt
from ingestion.simulator.finance import build_finance
from ingestion.simulator.leads import build_leads, plan_cohorts
from ingestion.simulator.marketing import build_engagement, build_marketing
from ingestion.simulator.meetings import build_grading, build_meetings
from ingestion.simulator.opportunities import build_actions, build_opportunities
from ingestion.simulator.people import build_people
from ingestion.simulator.plan import SimulationPlan, SimulationResult
from ingestion.simulator.records import build_records
from ingestion.simulator.service import build_service
from ingestion.simulator.shop import build_shop
from ingestion.simulator.tools import build_tools
from ingestion.simulator.truth import write_truth
from ingestion.simulator.world import World, open_world

#: Builders of tables that nothing else needs, with the contracts whose rows they make.
_SIDE_BUILDERS: tuple[tuple[Callable[[World], None], tuple[str, ...]], ...] = (
    (build_actions, ("crm.stage_action",)),
    (build_quotes_and_discounts, ("crm.quote", "oa.")),
    (build_meetings, ("mtg.", "crm.activity")),
    (build_engagement, ("mk.engagement", "ec.web_visit")),
    (build_service, ("svc.", "crm.account")),
    (build_finance, ("fin.", "crm.target")),
    (build_tools, ("crm.change_log", "hr.", "ref.market_size")),
)


def build_world(world: World) -> None:
    """Every table of what happened, for whole calendar years: nothing depends on the day of the end."""
    cohorts = plan_cohorts(world)
    build_calendar(world)
    build_people(world)
    build_leads(world, cohorts)
    decide_deals(world, cohorts)
    build_customers(world, cohorts)
    build_shop(world)
    build_contracts(world)
    build_grading(world)
    build_opportunities(world)
    build_approvals(world)
    build_marketing(world)
    for build, served in _SIDE_BUILDERS:
        if world.plan.needs(served):
            build(world)
    build_dirt(world)
    build_records(world)


def simulate(plan: SimulationPlan) -> SimulationResult:
    """Write the extracts, the truth and the limits of prediction below ``plan.out``."""
    truth = plan.out / "truth"
    with open_world(plan) as world:
        build_world(world)
        deliveries = write_deliveries(world)
        if plan.with_truth:
            truth.mkdir(exist_ok=True)
            write_truth(world, truth / "metrics.parquet")
            write_bayes(world, truth / "bayes.json")
    return SimulationResult(
        landing=plan.out / "landing",
        metrics=truth / "metrics.parquet" if plan.with_truth else None,
        bayes=truth / "bayes.json" if plan.with_truth else None,
        opening=plan.opening,
        load_dates=tuple(sorted({delivery.load_date for delivery in deliveries})),
        deliveries=tuple(deliveries),
    )
