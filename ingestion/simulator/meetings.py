"""Meetings and other contacts: as many a deal as its odds say, in office hours, on several platforms."""

from __future__ import annotations

from ingestion.simulator import assortment as goods
from ingestion.simulator.world import World


def build_meetings(world: World) -> None:
    """Tables ``meeting``, ``attendee`` and ``activity``."""
    world.run(
        """create table meeting as
        with held as (
            select i, account_no, first_owner as person, converted_at, closed_at, meetings,
                unnest(range(1, meetings + 1))::integer as k
            from opportunity where meetings > 0)
        select i, account_no, person, k, i * 8 + k as m, case when u('meeting.where', i * 8 + k) < 0.34 then 'tencent'
                when u('meeting.where', i * 8 + k) < 0.46 then 'zoom' else 'feishu' end as platform,
            to_minute(least(greatest(office_time(ts::date, u('meeting.time', i * 8 + k) * 0.85), converted_at),
                closed_at))
                as started_at,
            started_at + to_minutes(20 + 5 * floor(14 * u('meeting.length', i * 8 + k))::integer) as ended_at,
            2 + floor(4 * pow(u('meeting.people', i * 8 + k), 2))::integer as people,
            u('meeting.link', i * 8 + k) < 0.82 as is_linked,
            case when platform <> 'feishu' then '线上' else pick(['客户现场', '客户工厂', '公司会议室', '展会现场',
                '飞书会议'],
                u('meeting.place', i * 8 + k)) end as location
        from (select *, after_days(converted_at, date_diff('second', converted_at, closed_at) / 86400.0
            * (k - 0.5 * u('meeting.at', i * 8 + k)) / (meetings + 0.2)) as ts from held)""",
        # The host is the rep under one name; the customer's people come in the same order to every meeting.
        """create table attendee as
        select *, case when n = 1 then person else account_no end * 8 + n as name_no
        from (select m, i, account_no, person, platform, started_at, ended_at, people,
            unnest(range(1, people + 1))::integer as n from meeting)""",
        # The follow-up after grading is a call; later calls keep the deal warm.
        f"""create table activity as
        with graded as (
            select i, grade, graded_at, first_owner as person, account_no, closed_at, converted_at,
                graded_at + to_minutes((60 * exp(case grade when 'A' then 2.9 else 3.4 end
                    + 0.75 * z('followup', i)))::bigint::integer) as followup_at
            from grading join opportunity using (i) where grade <> 'C')
        select i * 8 as v, i, person, account_no, 'call' as kind, to_minute(followup_at) as started_at from graded
        union all
        select i * 8 + k, i, first_owner, account_no, pick(['call', 'email', 'visit', 'task'], u('activity.kind', i
            * 8 + k)),
            to_minute(after_days(converted_at, date_diff('second', converted_at, closed_at) / 86400.0
                * u('activity.at', i * 8 + k)))
        from (select *, unnest([1, 2])::integer as k from opportunity) where u('activity', i * 8 + k) < {0.4}""",
    )


def build_grading(world: World) -> None:
    """Table ``grading``: the grade of every lead, best by what is known of it, and when it was given."""
    a, b = goods.GRADES["A"], goods.GRADES["A"] + goods.GRADES["B"]
    world.run(
        f"""create table grading as
        with valid as (
            select i, percent_rank() over (partition by cohort order by 0.9 * eta + logistic('grade', i) desc, i)
                as place
            from deal)
        select lead.i, case when is_valid then case when place <= {a} then 'A' when place <= {b} then 'B' else 'C' end
                when u('grade.invalid', lead.i) < 0.3 then 'B' else 'C' end as grade,
            to_minute(after_days(created_at, grading_h / 24)) as graded_at,
            to_minute(after_days(created_at, grading_h / 24 + exp(1.2 + 0.6 * z('pool', lead.i)))) as pooled_at,
            created_at + interval 20 minute as assigned_at,
            to_minute(after_days(created_at + interval 20 minute, response_h / 24)) as responded_at
        from lead left join valid using (i)"""
    )
