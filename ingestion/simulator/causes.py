"""Who wins and who leaves: exact counts that keep their causes, and the true probability of each.

The ``k`` cases of the highest (log-odds + logistic noise) win. Seen from the threshold ``t`` that this draws, each case
had won with probability 1 / (1 + exp(t - log-odds)): a logistic regression with the planted odds and an intercept that
makes the count exact.
"""

from __future__ import annotations

from ingestion.simulator.leads import CohortPlan
from ingestion.simulator.world import World


def select_highest(source: str, *, strata: str, k: str, key: str) -> str:
    """A query over ``source`` (columns eta, score): its rows with ``is_chosen`` and the true ``p`` of it."""
    return f"""
        select * exclude (place, last_in, first_out), place <= {k} as is_chosen,
            1 / (1 + exp(coalesce((last_in + first_out) / 2, last_in + 1, first_out - 1, 0) - eta)) as p
        from (
            select *, min(score) filter (where place <= {k}) over (partition by {strata}) as last_in,
                max(score) filter (where place > {k}) over (partition by {strata}) as first_out
            from (select *, row_number() over (partition by {strata} order by score desc, {key}) as place
                from {source}))"""


def decide_deals(world: World, cohorts: dict[int, CohortPlan]) -> None:
    """Table ``deal``: one row a valid lead with its outcome. A lost one ends in stage ``lost_in`` at ``closed_at``."""
    quotas = ", ".join(
        f"({plan.year}::smallint, {cell}::tinyint, {later}, {count})"
        for plan in cohorts.values()
        for later, counts in (("false", plan.won_in_year), ("true", plan.won_later))
        for cell, count in enumerate(counts)
    )
    chosen = select_highest(
        """(select lead.*, coalesce(quota, 0) as quota
            from (select *, sign_year > cohort as is_later from lead where is_valid) as lead
            left join won_quota using (cohort, cell, is_later))""",
        strata="cohort, cell, is_later", k="quota", key="i",
    )  # fmt: skip
    world.run(
        f"create table won_quota as from (values {quotas}) as t(cohort, cell, is_later, quota)",
        f"""create table deal as
        with decided as ({chosen}),
        placed as (
            select * exclude (is_chosen, quota), is_chosen as is_won, case when not is_chosen then
                1 + (u('lost.in', i) >= 0.22)::integer + (u('lost.in', i) >= 0.62)::integer
                + (u('lost.in', i) >= 0.84)::integer end::tinyint as lost_in
            from decided)
        select * exclude (response_h, grading_h, src, grp), response_h, grading_h, src, grp,
            -- Stages end after d1, d2 and d3; the fourth ends with the signature, in office hours of that day.
            after_days(created_at, d1) as stage_2_at, after_days(created_at, d1 + d2) as stage_3_at,
            after_days(created_at, d1 + d2 + d3) as stage_4_at,
            case when is_won then greatest(office_time(sign_on, u('sign.time', i)),
                    after_days(created_at, d1 + d2 + d3) + interval 1 hour)
                else after_days(created_at, response_h / 24 + 0.05 + (case lost_in when 1 then d1 when 2 then d1 + d2
                    when 3 then d1 + d2 + d3 else d1 + d2 + d3 + d4 end - response_h / 24)
                    * (0.6 + 0.4 * u('lost.when', i))) end as closed_at
        from placed""",
        # A lost deal has entered no stage that begins after its end.
        """create or replace table deal as
        select * replace (
            case when not is_won and closed_at <= stage_2_at then 1 when not is_won and closed_at <= stage_3_at then 2
                when not is_won and closed_at <= stage_4_at then 3 when not is_won then 4 end::tinyint as lost_in)
        from deal""",
    )
