"""Truth about people, their tools, the CRM's completeness and the budget."""

from __future__ import annotations

from ingestion.simulator import parameters as p
from ingestion.simulator.figures import Figure

_ALL = "'company' as scope_type, 'company' as scope_id"

#: The first of each month: the average headcount of a year is the mean over its twelve.
_HEADS = "select d, person, is_front from occupancy join seat using (seat) join cal on d between from_on and to_on"
_AVERAGE = f"""select year(d) as year, count(*) as heads, count(distinct d) as months from ({_HEADS})
    where day(d) = 1 and d < (@cut)::date group by 1"""
_LEAVERS = """select left_on as happened_on, is_core, keeps_access from person where left_on < (@cut)::date"""

_FIELDS = ", ".join(f"'{name}'" for name in p.COMPLETENESS_FIELDS)
#: The cells of the account records that stand (neither merged nor deleted) at the opening and at the end.
_CELLS = f"""
    select known.day as happened_on, field, m.rec is null as is_filled
    from (select distinct day::date as day from (values (@opening), (@cut)) as t(day)) as known
    join account_record as r on r.created_at < known.day and coalesce(r.merged_at >= known.day, true)
    cross join (select unnest([{_FIELDS}]) as field) left join missing as m using (rec, field)"""


def _rate_of_people(metric: str, skill: str) -> Figure:
    return Figure(
        f"'{metric}'",
        f"""select make_date(year(d), 1, 1) as happened_on, {_ALL}, c.person is not null as has_it
            from ({_HEADS}) as h left join certificate as c on c.person = h.person and skill = '{skill}'
                and valid_from <= d
            where is_front and month(d) = 12 and day(d) = 31 and d < (@cut)::date""",
        "count(*) filter (where has_it)", "count(*)",
    )  # fmt: skip


TEAM_FIGURES: tuple[Figure, ...] = (
    Figure("'sales_headcount'", f"select d as happened_on, {_ALL} from ({_HEADS}) where d = last_day(d)", "count(*)",
           "1", ("month",)),
    Figure("'frontline_share'", f"select d as happened_on, is_front, {_ALL} from ({_HEADS}) where d = last_day(d)",
           "count(*) filter (where is_front)", "count(*)", ("month",)),
    Figure("'rep_attrition_rate'",
           f"""select make_date(year, 1, 1) as happened_on, {_ALL}, heads, months,
                   (select count(*) from ({_LEAVERS}) where year(happened_on) = year) as leavers from ({_AVERAGE})""",
           "max(leavers * months)", "max(heads)"),
    Figure("'revenue_per_sales_head'",
           f"""select make_date(year, 1, 1) as happened_on, {_ALL}, heads, months, (select sum(fen) from movement as m
                   where year(m.happened_on) = year and m.happened_on < (@cut)::date) as fen from ({_AVERAGE})""",
           "max(fen * months)", "max(heads)"),
    Figure("'training_hours'",
           f"""select make_date(year, 1, 1) as happened_on, {_ALL}, heads, months, (select sum(half_hours)
               from training as t
                   where t.year = a.year and passed_on < (@cut)::date) as half_hours from ({_AVERAGE}) as a""",
           "max(half_hours * months / 2.0)", "max(heads)"),
    Figure("'core_leaver_share'", f"select *, {_ALL} from ({_LEAVERS})", "count(*) filter (where is_core)", "count(*)"),
    Figure("'leaver_access_open_rate'", f"select *, {_ALL} from ({_LEAVERS})", "count(*) filter (where keeps_access)",
           "count(*)"),
    Figure("'gross_hires'",
           f"select hired_on as happened_on, {_ALL} from person where hired_on >= (select min(from_on) from occupancy)",
           "count(*)", "1", ("quarter", "year")),
    _rate_of_people("crm_proficiency_rate", "crm"),
    _rate_of_people("emerging_skill_share", "emerging_industry"),
    Figure("'skill_coverage'",
           f"""select make_date(year(d), 1, 1) as happened_on, 'skill' as scope_type, s.skill as scope_id,
                   c.person is not null as has_it
               from ({_HEADS}) as h cross join (select distinct skill from certificate) as s
               left join certificate as c on c.person = h.person and c.skill = s.skill and valid_from <= d
               where is_front and month(d) = 12 and day(d) = 31 and d < (@cut)::date""",
           "count(*) filter (where has_it)", "count(*)"),
    Figure("'ai_assistant_usage'",
           f"""select make_date(year(d), 1, 1) as happened_on, {_ALL}, a.person is not null as has_it
               from ({_HEADS}) as h left join access as a on a.person = h.person and system_code = 'ai_assistant'
                   and opened_on <= d where is_front and month(d) = 12 and day(d) = 31 and d < (@cut)::date""",
           "count(*) filter (where has_it)", "count(*)"),
    # Front-line people on duty on a working day who changed a record; a save that changes nothing does not count.
    Figure("'crm_daily_update_rate'",
           f"""select u.d as happened_on, {_ALL}, c.person is not null as has_updated from duty as u
               left join (select distinct d, person from change where is_real) as c using (d, person)""",
           "count(*) filter (where has_updated)", "count(*)", ("month", "quarter", "year")),
    Figure("'empty_update_share'", f"select d as happened_on, {_ALL}, is_real from change",
           "count(*) filter (where not is_real)", "count(*)", ("quarter", "year")),
    Figure("'crm_completeness_rate'",
           f"""select happened_on - 1 as happened_on, is_filled, 'entity' as scope_type, 'crm.account' as scope_id
               from ({_CELLS})
               union all select happened_on - 1, is_filled, 'field', 'crm.account.' || field from ({_CELLS})""",
           "count(*) filter (where is_filled)", "count(*)", ("day",)),
    Figure("'duplicate_customer_rate'",
           f"select created_at::date as happened_on, is_double, {_ALL} from account_record",
           "count(*) filter (where is_double)", "count(*)"),
    Figure("'sales_expense_ratio'",
           f"""select month as happened_on, fen as spent, 0 as earned, {_ALL} from expense where category <> 'logistics'
               union all select happened_on, 0, fen, {_ALL} from movement""",
           "sum(spent)", "sum(earned)"),
    Figure("'sales_budget_total'", f"select month as happened_on, fen, {_ALL} from budget", "sum(fen)", "1"),
    Figure("'budget_share_' || category",
           f"""select make_date(year(month), 1, 1) as happened_on, category, {_ALL}, sum(fen) as fen,
                   sum(sum(fen)) over (partition by year(month)) as whole from budget group by year(month), category""",
           "sum(fen)", "max(whole)"),
    # Unit cost: logistics per yuan of revenue, West over East, less 1.
    Figure("'west_logistics_cost_gap'",
           f"""with unit as (
                select year(month) as year, region, sum(e.fen)::decimal(38, 4) as spent from expense as e
                where category = 'logistics' group by all),
               sold as (
                select year, case when year < 2024 then c.centre else a.region end as region, sum(net_fen) as fen
                from contract as c join account as a using (account_no) group by all),
               both_sides as (select year, region, spent / fen::double as cost from unit join sold using (year, region))
               select make_date(w.year, 1, 1) as happened_on, {_ALL}, w.cost as west, e.cost as east
               from both_sides as w join both_sides as e on e.year = w.year
               where w.region like '西部%' and e.region in ('华东', '东部大区')""",
           "round(max(west / east - 1), 4)", "1"),
    Figure("'market_share'",
           f"""select make_date(year(happened_on), 1, 1) as happened_on, {_ALL}, fen,
                   2137931034483 * (100 + 18 * (year(happened_on) - 2023)) // 100 as market_fen
               from movement where happened_on < (@cut)::date""",
           "sum(fen)", "max(market_fen)"),
)  # fmt: skip
