"""What the example company looks like, as DuckDB SQL: its people, deals, approvals, meetings and shop.

Every draw is a hash of (seed, tag, number), so a row does not depend on how many rows stand before it. MD5
instead of DuckDB's own ``hash()``: that one may change with the engine's version, and figures of the example
are in the documentation. Times run on a working-day axis ``w`` (0.0 = Monday 2022-01-03 09:00, 1.0 = Tuesday
09:00, five to a week, 782 = 2025-01-01, which is after the extract), which keeps the order of events while
nothing happens at night or on a weekend.
"""

from __future__ import annotations

from ingestion.example_shop import SHOP_STATEMENTS

MACROS = (
    # A draw in [0, 1); 53 bits, so that the division is exact.
    """create macro draw(tag, i) as
         (md5_number_lower(concat_ws(':', getvariable('seed'), tag, i)) >> 11)::double / 9007199254740992""",
    "create macro pick(items, u) as items[1 + floor(u * len(items))::integer]",
    "create macro exponential(u, mean) as -ln(1 - u) * mean",
    """create macro at_working_time(w) as
         (date '2022-01-03' + (floor(w / 5) * 7 + floor(w) - floor(w / 5) * 5)::integer)
         + to_seconds(32400 + round((w - floor(w)) * 32400)::integer)""",
    """create macro working_day_number(d) as
         (d - date '2022-01-03') // 7 * 5 + least((d - date '2022-01-03') % 7, 5)""",
    # Three weeks around Chinese New Year (from 15, 270 and 545 on the axis): most business moves behind them.
    """create macro after_new_year(w, u) as case
         when u < 0.75 and w >= 15 and w < 30 then 30 + (w - 15) * 1.5
         when u < 0.75 and w >= 270 and w < 285 then 285 + (w - 270) * 1.5
         when u < 0.75 and w >= 545 and w < 560 then 560 + (w - 545) * 1.5
         else w end""",
)

COMPANY = (
    """create table place as select * from (values
         (1, '华东', ['上海/上海', '江苏/苏州', '江苏/南京', '浙江/杭州', '浙江/宁波']),
         (2, '华南', ['广东/深圳', '广东/广州', '福建/厦门', '广西/南宁']),
         (3, '华北', ['北京/北京', '天津/天津', '河北/石家庄', '山东/济南']),
         (4, '西部', ['四川/成都', '陕西/西安', '重庆/重庆', '云南/昆明'])
       ) as t(region_no, region, places)""",
    # The first of the six reps of a region is its manager; 8 and 20 left, 12 and 18 joined later.
    """create table rep as
       select i as rep_no, (i - 1) // 6 + 1 as region_no, region, format('U{:02d}', i) as user_id,
         format('示例员工{:02d}', i) as display_name,
         format('U{:02d}', (i - 1) // 6 * 6 + 1) as manager_user_id,
         case i when 12 then date '2022-09-01' when 18 then date '2023-04-03'
           else date '2018-03-01' + (draw('hired', i) * 1200)::integer end as hired_on,
         case i when 8 then date '2023-08-31' when 20 then date '2024-05-31' end as left_on
       from range(1, 25) as n(i) join place on region_no = (i - 1) // 6 + 1""",
    """create table product as select * from (values
         ('P01', '智能产线A1', 'A', 268000), ('P02', '智能产线A2', 'A', 486000),
         ('P03', '检测工作站B1', 'B', 96000), ('P04', '检测工作站B2', 'B', 158000),
         ('P05', '传感器C1', 'C', 89), ('P06', '控制模块C2', 'C', 329),
         ('P07', '备件包D1', 'D', 158), ('P08', '耗材套装D2', 'D', 49)
       ) as t(product_id, product_name, series, list_price)""",
    """create table account as
       select i as account_no, format('A{:04d}', i) as account_id, region_no, region,
         pick(places, draw('place', i)) as place,
         pick(['装备制造', '消费电子', '汽车零部件', '医药', '新能源', '食品饮料'],
           draw('industry', i)) as industry
       from (select i, draw('region', i) as u from range(1, 301) as n(i))
       join place on region_no = case
         when u < 0.4 then 1 when u < 0.65 then 2 when u < 0.85 then 3 else 4 end""",
)

FUNNEL = (
    """create table lead as
       with drawn as (
         select i, after_new_year(782 * pow(draw('lead', i), 0.85), draw('rest', i)) as w_created,
           1 + floor(300 * pow(draw('account', i), 1.6))::integer as account_no,
           pick(['官网', '展会', '转介绍', '电话', '短视频'], draw('channel', i)) as channel
         from range(1, 3001) as n(i)),
       owned as (
         select drawn.*, account_id, account.region_no, rep.user_id, rep.manager_user_id,
           at_working_time(w_created)::date between rep.hired_on
             and coalesce(rep.left_on, date '2099-12-31') as is_there
         from drawn join account using (account_no)
         join rep on rep_no = (account.region_no - 1) * 6 + 1 + floor(6 * draw('rep', i))::integer)
       select i, format('O{:05d}', i) as opportunity_id, account_id, region_no, channel, w_created,
         case when is_there then user_id else manager_user_id end as owner_user_id,
         format('P{:02d}', 1 + floor(4 * pow(draw('product', i), 1.3))::integer) as product_id
       from owned""",
    # One row per lead and stage that it would reach. Mean working days in stage 1 to 5, faster every year.
    """create table visit as
       with step as (
         select lead.*, stage, draw('pace' || stage, i) as u, 1.15 - 0.3 * w_created / 782 as pace,
           draw('go' || stage, i) < [0.71, 0.75, 0.72, 0.69, 0.92, 0][stage]
             + case channel when '转介绍' then 0.08 when '电话' then -0.05 else 0 end
             - case when region_no = 4 then 0.03 else 0 end as goes_on
         from lead, range(1, 7) as s(stage)),
       timed as (
         select *, 0.1 + exponential(u, [4.0, 10.5, 5.7, 6.5, 4.0, 4.0][stage] * pace) as stay from step)
       select *, w_created + coalesce(sum(stay) over earlier, 0) as w_entered
       from timed
       window earlier as (partition by i order by stage rows between unbounded preceding and 1 preceding)
       qualify stage = 1 or bool_and(goes_on) over earlier""",
    # Signing dates: put off over New Year; pulled from the first weeks of a quarter into the end of the last.
    """create table signing as
       with put_off as (
         select i, signed.w_entered as w_planned, negotiation.w_entered + 0.1 as w_earliest,
           after_new_year(w_planned, draw('signing', i)) as w
         from visit as signed join visit as negotiation using (i)
         where signed.stage = 5 and negotiation.stage = 4),
       quarter as (
         select working_day_number(q::date) as w_quarter
         from range(date '2022-04-01', date '2025-01-02', interval 3 months) as r(q))
       select i, w_planned, greatest(w_earliest, case when w_quarter is not null and draw('pull', i) < 0.75
           then w_quarter - 4.5 * draw('pulled_to', i) else w end) as w_signed
       from put_off left join quarter on w >= w_quarter and w < w_quarter + 15""",
    # Leads that stop: 86 of 100 are closed as lost one day, the others stay open for ever.
    """create table stage_event as
       with moved as (
         select i, stage, w_entered + case when stage >= 5 then w_signed - w_planned else 0 end as w
         from visit left join signing using (i)
         where not (stage = 3 and goes_on and draw('skip', i) < 0.04)),
       lost as (
         select i, 7 as stage, w_entered + stay * 1.5 as w from visit
         where stage < 5 and not goes_on and draw('close', i) < 0.86),
       happened as (select * from moved union all select * from lost)
       select i, stage, w, at_working_time(w) as changed_at,
         ['线索获取', '需求分析', '方案定制', '商务谈判', '合同签订', '售后跟进', '输单'] as names,
         names[lag(stage) over (partition by i order by w)] as from_stage, names[stage] as to_stage
       from happened where w < 782""",
    """create table opportunity as
       with journey as (
         select i, max_by(stage, w) as stage, max(w) as w_last, min(w) filter (stage = 2) as w_engaged,
           min(w) filter (stage = 4) as w_negotiation, min(w) filter (stage in (5, 7)) as w_closed,
           coalesce(bool_or(stage = 5), false) as is_won
         from stage_event group by i)
       select lead.*, journey.* exclude (i), round(list_price * (1 + floor(3 * pow(draw('size', i), 2)))
           * (0.82 + 0.18 * draw('price', i)), 2)::decimal(18, 2) as amount
       from lead join journey using (i) join product using (product_id)""",
)

OFFICE = (
    # Contract approvals for about half of the won deals, discounts from negotiations, expenses of no deal.
    """create table approval as
       with wanted as (
         (select 'contract' as kind, i as deal, w_closed - 3 as w, owner_user_id, amount from opportunity
          where is_won order by draw('contract', i) limit 400)
         union all
         (select 'discount', i, w_negotiation + draw('discount_at', i), owner_user_id, amount from opportunity
          where w_negotiation is not null order by draw('discount', i) limit 250)
         union all
         select 'expense', null, 780 * draw('expense_at', i),
           pick((select list(user_id order by rep_no) from rep
             where left_on is null and hired_on < date '2022-01-01'), draw('expense', i)),
           round(200 + 9000 * pow(draw('expense_amount', i), 3), 2)::decimal(18, 2)
         from range(150) as n(i)),
       numbered as (
         select *, row_number() over (order by w, kind, deal) as n from wanted)
       select numbered.* replace (greatest(w, 0) as w), format('APR{:05d}', n) as instance_id,
         draw('path', n) as u, case
           when u < 0.02 then ['submit:EMPLOYEE', 'withdraw:EMPLOYEE']
           when u < 0.06 then ['submit:EMPLOYEE', 'approve:SUPERVISOR', 'reject:FINANCE']
           when kind = 'discount' and u < 0.4 then ['submit:EMPLOYEE', 'final_approve:DIRECTOR']
           when kind = 'discount' then ['submit:EMPLOYEE', 'approve:SUPERVISOR', 'final_approve:DIRECTOR']
           when kind = 'expense' then ['save:EMPLOYEE', 'submit:EMPLOYEE', 'approve:SUPERVISOR',
             'final_approve:FINANCE', 'request_payment:FINANCE', 'pay:FINANCE']
           when u < 0.2 then ['submit:EMPLOYEE', 'approve:SUPERVISOR', 'reject:LEGAL', 'submit:EMPLOYEE',
             'approve:SUPERVISOR', 'approve:LEGAL', 'final_approve:DIRECTOR']
           else ['submit:EMPLOYEE', 'approve:SUPERVISOR', 'approve:LEGAL', 'final_approve:DIRECTOR']
           end as path,
         opportunity_id, region_no
       from numbered left join lead on lead.i = deal""",
    """create table approval_event as
       with step as (
         select n, instance_id, w, owner_user_id, unnest(path) as step,
           generate_subscripts(path, 1) as event_seq
         from approval),
       timed as (
         select *, w + sum(case when event_seq = 1 then 0
             else 0.05 + exponential(draw('wait' || event_seq, n), 1.7 - 0.5 * w / 782) end)
           over (partition by n order by event_seq) as w_event from step)
       select n, instance_id, event_seq, split_part(step, ':', 1) as event_type,
         split_part(step, ':', 2) as actor_role,
         case actor_role when 'EMPLOYEE' then owner_user_id when 'SUPERVISOR' then manager_user_id
           else 'OA_' || actor_role end as user_id, w_event, at_working_time(w_event) as occurred_at
       from timed join rep on rep.user_id = owner_user_id where w_event < 782""",
    # Remote meetings become fewer every year; 3 of 100 have no location, 3 of 100 one that says nothing.
    """create table meeting as
       with held as (
         select m, opportunity.*,
           w_engaged + draw('held', m) * least(w_last - w_engaged + 2, 781 - w_engaged) as w,
           draw('where', m) as u, draw('which', m) as v
         from range(1, 2001) as n(m)
         join (select *, row_number() over (order by i) as k, count(*) over () as engaged from opportunity
           where w_engaged < 780) as opportunity on k = 1 + floor(engaged * draw('deal', m))::integer)
       select *, at_working_time(w) as started_at, case
           when u < 0.03 then '' when u < 0.06 then pick(['待定', 'TBD', '见通知'], v)
           when u < 0.62 - 0.15 * w / 782
             then pick(['腾讯会议', '线上', 'Zoom', '飞书会议', 'Teams', '电话会议', 'online'], v)
           else pick(['客户现场', '上海办公室', '深圳办公室', '北京办公室', '客户工厂', 'Customer site',
             'Meeting room 3A', '展会现场'], v) end as location
       from held""",
)

STATEMENTS: tuple[str, ...] = (*MACROS, *COMPANY, *FUNNEL, *OFFICE, *SHOP_STATEMENTS)
