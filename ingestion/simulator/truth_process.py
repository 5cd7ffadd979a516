"""Truth about leads, the funnel, service levels, approvals, discounts and after-sales."""

from __future__ import annotations

from ingestion.simulator import assortment as goods
from ingestion.simulator import parameters as p
from ingestion.simulator.figures import ALL_PERIODS, Figure, scoped

#: Golden window of a cohort: 180 days of 24 hours (plan 5.3).
_WINDOW = "interval 180 day"

#: An invalid lead counts as valid until somebody has written down that it is not: so long after it was graded.
_REJECTED_AFTER = "interval 2 hour"

_LEADS = f"""create table lead_fact as
    select l.i, l.created_at::date as happened_on, l.is_valid or g.graded_at + {_REJECTED_AFTER} >= @cut as is_valid,
        l.src, l.industry, l.grp,
        case when l.created_at < timestamp '{p.REORGANISED_ON}' then v.centre else v.region end as region, g.grade,
        coalesce(o.is_won and close_known_at < @cut and o.closed_at < l.created_at + {_WINDOW}, false) as is_won,
        g.graded_at < least(@cut, l.created_at + interval 24 hour + interval 1 microsecond) as graded_in_time,
        g.responded_at < least(@cut, l.created_at + interval 24 hour + interval 1 microsecond) as answered_in_time,
        f.started_at < least(@cut, g.graded_at + to_hours(case g.grade when 'A' then 48 else 72 end)
            + interval 1 microsecond) as followed_in_time,
        g.pooled_at < least(@cut, g.graded_at + interval 7 day + interval 1 microsecond) as pooled_in_time
    from lead as l join grading as g using (i) join province as v using (province_no) left join opportunity as o
        using (i)
    left join last_close using (i)
    left join (select i, min(started_at) as started_at from activity where v % 8 = 0 group by i) as f using (i)"""
_LEAD_SCOPES = {"source": "src", "source_group": "grp", "industry": "industry", "region": "region"}

#: Industry as the lead gave it: half of the accounts do not say theirs. The cycle ends when the CRM says it did, which
#: cuts seconds off.
_CLOSED = f"""create table closed_fact as
    select closed_at::date as happened_on, is_won, o.src, lead.industry, reopens, moves_back, skips,
        case when closed_at < timestamp '{p.REORGANISED_ON}' then centre else region end as region,
        date_diff('second', o.created_at, close_at) as seconds
    from opportunity as o join last_close using (i) join lead using (i)
    where closed_at < @cut and close_known_at < @cut"""

#: Cumulative time in a stage of won deals, on the day of signature; visits only, a closed spell not among them.
_STAGES = """
    select o.closed_at::date as happened_on, to_no, sum(date_diff('second', e.ts, e.left_at)) as seconds
    from stage_event as e join opportunity as o using (i) join last_close using (i)
    where o.is_won and o.closed_at < @cut and close_known_at < @cut and to_no between 1 and 4
    group by o.i, o.closed_at, to_no"""

_REACHED = """
    select o.converted_at::date as happened_on, o.i, max(case when to_no > 0 then to_no else 1 end) as furthest
    from stage_event as e join opportunity as o using (i) where known_at < @cut group by o.i, o.converted_at"""
_STAGE_NAMES = "[" + ", ".join(f"'{code}'" for code in goods.STAGE_CODES) + "]"

_DISCOUNTS = """
    select c.sign_on as happened_on, l.list_fen, l.net_fen, c.i, c.discount_bp, d.decided_by, d.needed
    from contract as c join (select i, sum(list_fen) as list_fen, sum(net_fen) as net_fen from contract_line
        group by i) as l
        using (i) left join discount_approval as d using (i)"""


#: When the CRM learnt of the end: a change that is written down after the cut is not known yet.
_LAST_CLOSE = """create table last_close as
    select i, max(known_at) as close_known_at, max(ts) as close_at
    from stage_event join (select i, is_won from opportunity) using (i)
    where to_no = case when is_won then 5 else 0 end group by i"""

#: Deals that were lost and reopened by the cut and whose end is not known yet.
_OPEN_AGAIN = """
    select max(ts) filter (where to_no = 0)::date, true
    from stage_event join last_close using (i)
    where known_at < @cut and close_known_at >= @cut group by i having bool_or(from_no = 0)"""

#: Leads of each quarter beside those of the one before, from the first quarter whose own before is known as a whole.
_LEAD_QUARTERS = f"""
    select q as happened_on, scope_type, scope_id, n, sum(n) over (partition by scope_type, scope_id order by q
        range between interval 3 month preceding and interval 3 month preceding) as before
    from (select date_trunc('quarter', happened_on)::date as q, scope_type, scope_id, count(*) as n
        from ({scoped("*", "lead_fact", _LEAD_SCOPES)}) where happened_on < (@cut)::date group by all)
    where q >= (select min(happened_on) + interval 3 month from lead_fact)"""

#: Every campaign since leads are known, with the leads that it brought.
_CAMPAIGNS = """
    select sent_on as happened_on, channel, fen, coalesce(leads, 0) as leads, coalesce(valid_leads, 0) as valid_leads
    from campaign left join (
        select campaign_id, count(*) as leads, count(*) filter (where is_valid) as valid_leads
        from lead_extra join lead_fact using (i) where happened_on < (@cut)::date group by all) using (campaign_id)
    where sent_on >= (select min(happened_on) from lead_fact)"""
_CAMPAIGN_SCOPES = {"campaign_channel": "channel"}

PROCESS_TABLES = (_LAST_CLOSE, _LEADS, _CLOSED)


def _company(select: str) -> str:
    return f"select *, 'company' as scope_type, 'company' as scope_id from ({select})"


def _leads(metric: str, numerator: str, denominator: str, *, where: str = "true") -> Figure:
    return Figure(
        f"'{metric}'", scoped("*", "lead_fact", _LEAD_SCOPES, where=where), numerator, denominator, ALL_PERIODS
    )


PROCESS_FIGURES: tuple[Figure, ...] = (
    _leads("lead_conversion_rate", "count(*) filter (where is_won)", "count(*)"),
    _leads("valid_lead_conversion_rate", "count(*) filter (where is_won)", "count(*)", where="is_valid"),
    _leads("invalid_lead_rate", "count(*) filter (where not is_valid)", "count(*)"),
    Figure("'marketing_lead_conversion'", _company("select * from lead_fact where grp = 'marketing'"),
           "count(*) filter (where is_won)", "count(*)", ALL_PERIODS),
    Figure("'lead_source_share'",
           """select make_date(year(happened_on), 1, 1) as happened_on, 'source_group' as scope_type, grp as scope_id,
                   count(*) as n, sum(count(*)) over (partition by year(happened_on)) as whole
               from lead_fact where happened_on < (@cut)::date group by year(happened_on), grp""",
           "sum(n)", "max(whole)"),
    Figure("'lead_volume_qoq'", _LEAD_QUARTERS, "sum(n - before)", "sum(before)", ("quarter",)),
    Figure("'cost_per_lead'", scoped("*", f"({_CAMPAIGNS})", _CAMPAIGN_SCOPES), "sum(fen)", "sum(leads)", ALL_PERIODS),
    Figure("'cost_per_valid_lead'", scoped("*", f"({_CAMPAIGNS})", _CAMPAIGN_SCOPES), "sum(fen)", "sum(valid_leads)",
           ALL_PERIODS),
    _leads("lead_grading_sla", "count(*) filter (where graded_in_time)", "count(*)"),
    _leads("lead_response_sla_24h", "count(*) filter (where answered_in_time)", "count(*)"),
    _leads("lead_followup_sla_a", "count(*) filter (where followed_in_time)", "count(*)",
           where="is_valid and grade = 'A'"),
    _leads("lead_followup_sla_b", "count(*) filter (where followed_in_time)", "count(*)",
           where="is_valid and grade = 'B'"),
    _leads("lead_nurture_sla_c", "count(*) filter (where pooled_in_time)", "count(*)", where="grade = 'C'"),
    Figure("'win_rate'",
           scoped("*", "closed_fact", {"region": "region", "industry": "industry", "source": "src"}),
           "count(*) filter (where is_won)", "count(*)", ALL_PERIODS),
    # Natural days from the lead to the signature; the numerator is in days.
    Figure("'sales_cycle_days'", scoped("*", "closed_fact", {"region": "region", "industry": "industry"},
                                        where="is_won"),
           "round(sum(seconds) / 86400.0, 4)", "count(*)", ALL_PERIODS),
    Figure("case to_no when 2 then 'stage_duration_requirement' when 3 then 'stage_duration_proposal' "
           "else 'stage_duration_other' end",
           f"""select happened_on, to_no, seconds, 'stage' as scope_type, {_STAGE_NAMES}[to_no] as scope_id
               from ({_STAGES})""",
           "round(sum(seconds) / 86400.0, 4)", "count(*)", ("quarter", "year")),
    Figure("'stage_entry_count'",
           f"""select min(ts)::date as happened_on, 'stage' as scope_type, {_STAGE_NAMES}[to_no] as scope_id
               from stage_event where to_no > 0 and known_at < @cut group by i, to_no""",
           "count(*)", "1", ALL_PERIODS),
    Figure("'stage_entry_value'",
           f"""select min(ts)::date as happened_on, 'stage' as scope_type, {_STAGE_NAMES}[to_no] as scope_id,
                   any_value(estimate_fen) as fen
               from stage_event join opportunity using (i) where to_no > 0 and known_at < @cut group by i, to_no""",
           "sum(fen)", "1", ALL_PERIODS),
    Figure("'stage_conversion_rate'",
           f"""select happened_on, 'stage' as scope_type, {_STAGE_NAMES}[stage] as scope_id, furthest > stage as went_on
               from (select *, unnest(range(1, least(furthest, 5) + 1)) as stage from ({_REACHED}))""",
           "count(*) filter (where went_on)", "count(*)", ALL_PERIODS),
    Figure("'skipped_stage_rate'", _company("select *, skips and not moves_back as skipped from closed_fact"),
           "count(*) filter (where skipped)", "count(*)"),
    Figure("'reopened_rate'", _company(f"select happened_on, reopens from closed_fact union all {_OPEN_AGAIN}"),
           "count(*) filter (where reopens)", "count(*)"),
    Figure("'backward_move_rate'",
           _company("""select ts::date as happened_on, to_no > 0 and from_no > to_no as is_back
               from stage_event where from_no is not null and known_at < @cut"""),
           "count(*) filter (where is_back)", "count(*)"),
    Figure("'needs_survey_skip_rate'",
           _company("""select created_at::date as happened_on, no_survey from survey_skip join opportunity using (i)
               join (select i from stage_event where to_no >= 3 and known_at < @cut group by i) as r using (i)"""),
           "count(*) filter (where no_survey)", "count(*)", ("quarter", "year")),
    Figure("'process_adherence_rate'",
           _company(f"""select o.converted_at::date as happened_on, s.done_at < @cut as is_done
               from (select i, unnest(range(1, furthest + 1)) as to_no from ({_REACHED})) as e
               join action as c on c.to_no = e.to_no join opportunity as o on o.i = e.i and converted_at < @cut
               left join stage_action as s on s.i = e.i and s.to_no = e.to_no and s.n = c.n"""),
           "count(*) filter (where is_done)", "count(*)", ("quarter", "year")),
    Figure("'proposal_sla_3d'",
           _company("""select q.submitted_at::date as happened_on, q.submitted_at <= s.done_at + interval 3 day
               as is_met
               from (select i, min(submitted_at) as submitted_at from quote group by i) as q
               join stage_action as s on s.i = q.i and s.action_code = 'requirement_confirmed'"""),
           "count(*) filter (where is_met)", "count(*)", ("quarter", "year")),
    Figure("'contract_approval_workdays'",
           _company("""select approved_on as happened_on, approval_wd, is_reworked from contract_approval"""),
           "sum(approval_wd)", "count(*)", ALL_PERIODS),
    Figure("'approval_rework_rate'",
           scoped("*", """(select approved_on as happened_on, is_reworked, 'contract' as kind from contract_approval
               union all select decided_at::date, false, 'discount'
                   from discount_approval
               union all select decided_at::date, false, 'other' from other_approval)""", {"approval_kind": "kind"}),
           "count(*) filter (where is_reworked)", "count(*)", ALL_PERIODS),
    Figure("'signing_cycle_days'",
           _company("""select sign_on as happened_on, sign_on - approved_on as days from contract_approval
               join (select i, sign_on from opportunity) using (i)"""),
           "sum(days)", "count(*)", ("quarter", "year")),
    Figure("'discount_approval_days'",
           scoped("*", """(select decided_at::date as happened_on, date_diff('second', asked_at, decided_at) as seconds,
               decided_by from discount_approval)""", {"approver": "decided_by"}),
           "round(sum(seconds) / 86400.0, 4)", "count(*)", ("quarter", "year")),
    Figure("'discount_rate'", _company(_DISCOUNTS), "sum(list_fen) - sum(net_fen)", "sum(list_fen)",
           ("quarter", "year")),
    Figure("'discount_band_mix'",
           f"""select happened_on, 'band' as scope_type, case when discount_bp = 0 then '0' when discount_bp <= 500
                   then '0-5' when discount_bp <= 1000 then '5-10' else '>10' end as scope_id from ({_DISCOUNTS})""",
           "count(*)", "1"),
    Figure("'unauthorised_discount_rate'", _company(f"select * from ({_DISCOUNTS}) where discount_bp > 500"),
           "count(*) filter (where decided_by = 'manager')", "count(*)", ("quarter", "year")),
    Figure("'crm_oa_match_rate'",
           _company("select signed_at::date as happened_on, is_linked from contract_record where cancelled_at is null"),
           "count(*) filter (where is_linked)", "count(*)", ("quarter", "year")),
    Figure("'customer_response_hours'",
           _company("select opened_at::date as happened_on, wait_minutes from ticket where answered_at < @cut"),
           "round(sum(wait_minutes) / 60.0, 4)", "count(*)", ALL_PERIODS),
    # Medians, in seconds: of what people answered, and of everything that was solved.
    Figure("'human_first_response_time'",
           _company("select opened_at::date as happened_on, wait_minutes from ticket where answered_at < @cut "
                    "and not by_bot"),
           "median(wait_minutes * 60)", "3600", ALL_PERIODS),
    Figure("'issue_resolution_time'",
           _company("select resolved_at::date as happened_on, date_diff('second', opened_at, resolved_at) as seconds "
                    "from ticket where resolved_at < @cut"),
           "median(seconds)", "3600", ALL_PERIODS),
    Figure("'customer_satisfaction'",
           _company("select answered_at::date as happened_on, score from survey where is_answered "
                    "and answered_at < @cut"),
           "count(*) filter (where score >= 4)", "count(*)", ALL_PERIODS),
    Figure("'survey_response_rate'",
           _company("select sent_at::date as happened_on, is_answered and answered_at < @cut as is_in from survey "
                    "where sent_at < @cut"),
           "count(*) filter (where is_in)", "count(*)", ("quarter", "year")),
)  # fmt: skip
