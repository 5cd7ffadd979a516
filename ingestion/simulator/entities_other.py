"""What the other systems send, in the contracts' shapes: approvals, meetings, shop, mails, people, money, service."""

from __future__ import annotations

from ingestion.simulator import assortment as goods
from ingestion.simulator import parameters as p
from ingestion.simulator.draws import quoted

#: The sum is written into the case when the contract is signed; before, the OA system knows none.
_CONTRACT_CASES = """
    select format('AP{:012d}', a.i) as instance_id, 'contract' as kind, a.i, a.person, asked_at, decided_at, is_linked,
        c.amount_fen as fen, o.discount_bp, opportunity_id, 'HT-' || sign_year || '-' || lpad(a.i::varchar, 11, '0')
            || '-1'
            as contract_no, o.account_id, o.closed_at as signed_at
    from approval as a join opportunity as o using (i)
    left join (select i, amount_fen from contract_record) as c using (i)
    union all
    select format('AD{:012d}', a.i), 'discount', a.i, a.first_owner, asked_at, decided_at, true, null, a.discount_bp,
        opportunity_id, null, account_id, null
    from discount_approval as a join (select i, opportunity_id, account_id from opportunity) using (i)"""

_DESKS = """
    select format('AP{:012d}', i) as instance_id, node, node_name, t.person, done_at, asked_at,
        lag(done_at, 1, asked_at) over (partition by i order by node) as started_at, is_reworked, decided_at
    from approval_task as t join (select i, asked_at, decided_at from approval) using (i)
    union all
    select format('AD{:012d}', a.i), 1, case decided_by when 'manager' then '区域经理' when 'director' then
            case when asked_at < timestamp '2024-01-01' then '区域总监' else '大区总监' end else '总部' end,
        d.person, decided_at, asked_at, asked_at, false, decided_at
    from discount_approval as a join discount_desk as d using (i)"""

SHOP_ORDERS = """
    select *, greatest(created_at, seen(paid_at, @cut), seen(done_at, @cut)) as changed_at,
        case when is_cancelled and done_at < @cut then 'closed' when is_cancelled then 'pending_payment'
            when done_at < @cut then 'completed' when paid_at < @cut then 'paid' else 'pending_payment' end as status
    from shop_order where created_at < @cut"""

OTHER: dict[str, str] = {
    "oa.approval_instance": f"""
        select 'dealhouse-demo' as corp_id, instance_id, 'SP' || instance_id as serial_no,
            case kind when 'contract' then 'T-CONTRACT' else 'T-DISCOUNT' end as template_code,
            case kind when 'contract' then '合同审批' else '折扣审批' end as template_name, kind as approval_kind,
            uid(person) as originator_user_id, 'D1' as originator_dept_id,
            case when decided_at < @cut then 'COMPLETED' else 'RUNNING' end as status_raw,
            case when decided_at < @cut then 'agree' end as result_raw,
            case when decided_at < @cut then 'approved' else 'pending' end as status,
            case when signed_at < @cut then yuan(fen) end as amount, 'CNY' as currency, (discount_bp
                / 10000)::decimal(9, 6) as discount_rate,
            case when is_linked then contract_no end as contract_no, account_id as customer_name,
            case when is_linked then opportunity_id end as opportunity_id, asked_at as created_at,
            seen(decided_at, @cut) as finished_at,
            greatest(asked_at, seen(decided_at, @cut), seen(signed_at, @cut)) as updated_at, updated_at as _known
        from ({_CONTRACT_CASES}) where asked_at < @cut""",
    "oa.approval_task": f"""
        select 'dealhouse-demo' as corp_id, instance_id, node::varchar as task_id, 'N' || node as node_id, node_name,
            uid(person) as assignee_user_id, case when done_at < @cut then 'COMPLETED' else 'RUNNING' end as status,
            case when done_at < @cut then 'AGREE' end as result, started_at, seen(done_at, @cut) as finished_at,
            'AND' as task_type, greatest(started_at, seen(done_at, @cut)) as _known
        from ({_DESKS}) where started_at < @cut""",
    # A case that legal sends back is handed in again half a step later; its whole time counts.
    "oa.approval_event": f"""
        with steps as (select * from ({_DESKS})),
        events as (
            select instance_id, '01' as event_seq, 'submit' as event_type, 'EMPLOYEE' as actor_role, c.person,
                asked_at as ts
            from ({_CONTRACT_CASES}) as c
            union all
            select instance_id, '1' || node, case when done_at = decided_at then 'final_approve' else 'approve' end,
                node_name, person, done_at from steps
            union all
            select instance_id, '1' || node || unnest(['a', 'b']), unnest(['reject', 'submit']),
                unnest([node_name, 'EMPLOYEE']), person, started_at + (done_at - started_at) * unnest([1, 2]) / 3
            from steps where node = 2 and is_reworked)
        select 'dealhouse-demo' as corp_id, instance_id, event_seq, event_type,
            case event_type when 'reject' then 'REFUSE' when 'submit' then null else 'AGREE' end as result, actor_role,
            uid(person) as user_id, date_trunc('second', ts) as occurred_at, occurred_at as _known
        from events where ts < @cut""",
    "oa.approval_form_value": f"""
        select 'dealhouse-demo' as corp_id, instance_id, unnest(['customer', 'discount']) as component_id, null
            as row_no,
            unnest(['客户', '折扣率']) as component_name, 'TextField' as component_type,
            unnest([account_id, discount_bp::varchar]) as value_text, asked_at as _known
        from ({_CONTRACT_CASES}) where asked_at < @cut and kind = 'discount'""",
    "mtg.meeting": """
        select platform, format('M{:013d}', m) as meeting_id, '' as occurrence_id, '客户沟通' as subject,
            uid(person) as host_user_id, lower(uid(person)) || '@example.com' as host_email, account_id
                as counterpart_id,
            started_at, ended_at, date_diff('second', started_at, ended_at) as duration_s, '1' as meeting_type,
                location,
            '中国' as country, people as participant_count, case when is_linked then opportunity_id end
                as opportunity_id,
            case when is_linked then account_id end as account_id, ended_at as _known
        from meeting join (select i, opportunity_id, account_id from opportunity) using (i)
        where ended_at < @cut and @platform""",
    "mtg.attendee": """
        select platform, format('M{:013d}', m) as meeting_id, '' as occurrence_id, format('S{}', n) as session_key,
            started_at + to_minutes(n - 1) as joined_at, ended_at as left_at,
            case when n = 1 then uid(person) end as user_id, format('示例参会人{:013d}', name_no) as display_name,
            date_diff('second', started_at, ended_at) - 60 * (n - 1) as duration_s, case when n = 1 then 'host'
                else 'guest' end
                as role, n > 1 as is_external, ended_at as _known
        from attendee where ended_at < @cut and @platform""",
    "mtg.link": """
        select platform, format('M{:013d}', m) as meeting_id, '' as occurrence_id, opportunity_id,
            pick(['crm_event_id', 'attendee_email', 'host_and_time'], u('link.method', m)) as method,
            case when method = 'crm_event_id' then 1 when method = 'attendee_email' then 0.9 else 0.7 end::decimal(9, 6)
                as confidence, ended_at + interval 5 minute as _known
        from meeting join (select i, opportunity_id from opportunity) using (i)
        where is_linked and ended_at + interval 5 minute < @cut""",
    "ec.order": f"""
        select platform, shop_id(platform) as shop_id, format('E{{:015d}}', o) as order_id, format('B{{:011d}}', b)
            as buyer_id,
            format('示例收货人{{:011d}}', b) as buyer_name, format('1660{{:07d}}', b % 10000000) as buyer_mobile,
            '中国' as ship_country, province as ship_province, 'CNY' as currency, yuan(total_fen) as goods_amount,
            yuan(total_fen) as total_amount, case when status in ('paid', 'completed') then yuan(total_fen) end
                as paid_amount,
            status as status_raw, status, case when is_official then 'web' else platform end as source_name,
            case when is_promo then case when strftime(d, '%m') = '06' and is_peak then '618-' || year
                when is_peak then '双11-' || year else '日常促销-' || year end end as utm_campaign, is_test,
            case when status = 'closed' then done_at end as cancelled_at, created_at, seen(paid_at, @cut) as paid_at,
            changed_at as updated_at, changed_at as _known, o as _sort
        from ({SHOP_ORDERS}) where @platform""",
    "ec.order_item": """
        select platform, shop_id(platform) as shop_id, format('E{:015d}', l.o) as order_id, format('E{:015d}-{}', l.o,
            line_no) as line_id,
            product_id, product_id as sku, title, quantity, yuan(unit_fen)::decimal(18, 4) as unit_price,
            yuan(line_fen) as line_amount, l.created_at as _known, l as _sort
        from shop_line as l join (select o, platform from shop_order) using (o) where l.created_at < @cut
            and @platform""",
    "ec.refund": """
        select platform, shop_id(platform) as shop_id, format('RF{:016d}', l) as refund_id, '1' as line_id,
            format('E{:015d}', r.o) as order_id, format('B{:011d}', b) as buyer_id, '中国' as ship_country, product_id,
            quantity, yuan(refund_fen) as amount, 'CNY' as currency, case when quantity > 0 then '退货退款'
                else '仅退款' end
                as refund_type, 'success' as status, refunded_on::timestamp - interval 20 hour as applied_at,
            refunded_on::timestamp + interval 15 hour as refunded_at, refunded_at as updated_at, refunded_at as _known
        from shop_refund as r join (select o, b, platform from shop_order) using (o)
        where refunded_on::timestamp + interval 15 hour < @cut""",
    "ec.web_visit": """
        with events as (
            select w, b, utm_source, device, ts, 'view' as event_name, '1' as k from visit
            union all
            select w, b, utm_source, device, paid_at, 'pay', '2' from visit where paid_at is not null)
        select format('W{:012d}', w) || k as event_id, format('visitor{:012d}', w) as visitor_id,
            case when k = '2' then format('B{:011d}', b) end as user_id, format('W{:012d}', w) as session_id,
                event_name,
            'https://shop.example.com/' || event_name as page_url, utm_source,
            case when utm_source = 'baidu' then 'search' when utm_source is not null then 'social' end as utm_medium,
                device,
            ts as occurred_at, ts + interval 2 second as received_at, received_at as _known, w * 4 + k::integer as _sort
        from events where ts + interval 2 second < @cut""",
    "mk.campaign": """
        select 'hubspot' as platform, campaign_id, channel || '-' || year || '-' || lpad(month::varchar, 2, '0')
            || '-' || n
            as name, channel, case when sent_on < @cut::date then 'sent' else 'planned' end as status,
            sent_on::timestamp + interval 9 hour as sent_at, sent_on::timestamp - interval 5 day as created_at,
            yuan(fen) as cost, 'CNY' as currency, false as is_deleted, null::timestamp as _known
        from campaign where sent_on - 5 < @cut::date""",
    "mk.engagement": """
        select 'hubspot' as platform, format('G{:018d}', ev) as event_id, campaign_id, format('c{}@example.com',
            account_no * 4 + 1) as recipient_id, action, false as is_bot_filtered, ts as occurred_at, ts as _known, ev
                as _sort
        from engagement where ts < @cut""",
    "hr.employee": """
        select user_id as employee_id, employee_no, name, hired_on, case when left_on < @cut::date then left_on end
            as left_on,
            case when left_on < @cut::date then leave_reason end as leave_reason,
            case when left_on < @cut::date then is_core else u('core', person) < 0.3 end as is_core,
            greatest(hired_on, case when left_on < @cut::date then left_on end)::timestamp + interval 9 hour
                as updated_at,
            null::timestamp as _known
        from person where hired_on < @cut::date""",
    # One row a span in one place; the reorganisation ends a span of everybody (plan 7.1).
    "hr.assignment": f"""
        with spans as (
            select person, seat, from_on, to_on, ends from occupancy),
        cut_spans as (
            select person, seat, greatest(from_on, f) as from_on, least(to_on, t) as to_on, is_new
            from spans, (values (date '1900-01-01', date '{p.REORGANISED_ON}' - 1, false),
                (date '{p.REORGANISED_ON}', date '2999-12-31', true)) as e(f, t, is_new)
            where from_on <= t and to_on >= f)
        select uid(c.person) as employee_id, case when c.from_on = first_on then least(hired_on, c.from_on)
            else c.from_on end
                as valid_from,
            case when c.to_on < @cut::date and c.to_on < (select max(to_on) from occupancy) then c.to_on end
                as valid_to,
            role, case when is_new then region else centre end as region_id,
            case when is_front then '销售' else '支持' end as business_unit,
            case when boss.person <> c.person then uid(boss.person) end as manager_employee_id, seat.is_front
                as is_front_line,
            null::timestamp as _known
        from cut_spans as c join seat using (seat) join (select person, hired_on from person) using (person)
        join (select person, min(from_on) as first_on from occupancy group by person) using (person)
        left join director using (territory)
        asof left join occupancy as boss on boss.seat = director.seat and c.from_on >= boss.from_on
        where c.from_on < @cut::date""",
    "hr.training": """
        select uid(person) as employee_id, course_id, (half_hours / 2)::decimal(18, 4) as hours, passed_on,
            passed_on::timestamp + interval 18 hour as _known
        from training where passed_on < @cut::date""",
    "hr.certificate": """
        select uid(person) as employee_id, skill as skill_code, valid_from, valid_from::timestamp + interval 9 hour
            as _known
        from certificate where valid_from < @cut::date""",
    "hr.system_access": """
        select uid(person) as employee_id, system_code, opened_on::timestamp + interval 9 hour as opened_at,
            case when left_on < @cut::date and not (keeps_access and system_code = 'crm')
                then left_on::timestamp + interval 18 hour end as closed_at, null::timestamp as _known
        from access where opened_on < @cut::date""",
    "fin.budget": """
        select category, region as region_id, month, yuan(fen) as amount, 'CNY' as currency, null::timestamp as _known
        from budget where year(month) <= year(@cut - interval 1 day)""",
    "fin.expense": """
        select format('X{}-{}-{}', category, region, strftime(month, '%Y%m')) as expense_id, category, region
            as region_id,
            month, yuan(fen) as amount, 'CNY' as currency, last_day(month)::timestamp + interval 20 hour as _known
        from expense where last_day(month)::timestamp + interval 20 hour < @cut""",
    "svc.survey_response": """
        select format('Y{:016d}', t) as response_id, 'service' as scope, account_id, format('T{:016d}', t) as ref_id,
            case when answered_at < @cut then score end::decimal(18, 4) as score, 5::decimal(18, 4) as scale_max,
                sent_at,
            case when is_answered then seen(answered_at, @cut) end as answered_at,
            greatest(sent_at, case when is_answered then seen(answered_at, @cut) end) as _known
        from survey join (select account_no, account_id from account) using (account_no) where sent_at < @cut""",
    "svc.ticket": """
        select format('T{:016d}', t) as ticket_id, account_id, category, case when is_slow then '低' else '普通' end
            as priority,
            by_bot, '客户来单' as subject, case when resolved_at < @cut then '已解决' when answered_at < @cut
                then '处理中'
                else '新建' end as status,
            opened_at, seen(answered_at, @cut) as first_response_at, seen(resolved_at, @cut) as resolved_at,
            greatest(opened_at, seen(answered_at, @cut), seen(resolved_at, @cut)) as updated_at, updated_at as _known
        from ticket join (select account_no, account_id from account) using (account_no) where opened_at < @cut""",
    "ref.product": f"""
        select product_id, product_name, series, product_type, yuan(price) as list_price,
            yuan(half_up(price * {round(goods.FLOOR_SHARE * 100)}, 100)) as floor_price,
            yuan(half_up(price * {round(goods.STANDARD_COST_SHARE * 100)}, 100)) as standard_cost, 'CNY' as currency,
            null::timestamp as _known
        from product_price where year = year(@cut - interval 1 day)""",
    "ref.price_list": f"""
        select product_id, make_date(year, 1, 1) as valid_from, case when year < year(@cut - interval 1 day)
                then make_date(year, 12, 31) end as valid_to, yuan(price) as list_price,
            yuan(half_up(price * {round(goods.FLOOR_SHARE * 100)}, 100)) as floor_price,
            yuan(half_up(price * {round(goods.STANDARD_COST_SHARE * 100)}, 100)) as standard_cost, 'CNY' as currency,
            null::timestamp as _known
        from product_price where year <= year(@cut - interval 1 day)""",
    # The market that the plan's share of 8.7 % implies (X10), and what it says of others (unverified).
    "ref.market_size": """
        select '销售服务' as market, year, (21379310344.83 * (1 + 0.18 * (year - 2023)))::decimal(18, 2) as amount,
            'CNY' as currency, '方案2.1推算' as source, null::timestamp as _known
        from (select distinct year from tool_plan) where year <= year(@cut - interval 1 day)""",
    "ref.benchmark": f"""
        select benchmark_id, metric_code, value::decimal(18, 4) as value, unit, '方案' as source, false as is_verified,
            null::timestamp as _known
        from (values {", ".join(f"({quoted(b)}, {quoted(m)}, {v}, {quoted(t)})" for b, m, v, t in goods.BENCHMARKS)})
            as t(benchmark_id, metric_code, value, unit)""",
}
