"""What the CRM sends: one query a contract, over the world as it was known before ``@cut``.

Each query has the contract's columns, and ``_known``: when the CRM came to know this version. ``seen(t, @cut)`` is
``t`` where it lies before the cut.
"""

from __future__ import annotations

from ingestion.simulator import assortment as goods
from ingestion.simulator import parameters as p

_STAGE_NAMES = "[" + ", ".join(f"'{code}'" for code in goods.STAGE_CODES) + "]"
_STAGE = f"case when to_no = 0 then 'lost' else {_STAGE_NAMES}[to_no] end"

#: Region of a seat as it was called before the cut.
_REGION_NOW = f"case when @cut > timestamp '{p.REORGANISED_ON}' then region else centre end"

CRM: dict[str, str] = {
    "crm.user": f"""
        with held as (
            select person, arg_max(seat, from_on) as seat, max(from_on) as from_on from occupancy
            where from_on < @cut::date group by person)
        select user_id, employee_no, name as display_name, lower(user_id) || '@example.com' as email,
            format('1880{{:07d}}', person % 10000000) as mobile,
            'D' || territory as department_id, {_REGION_NOW} as region,
            case when seat.is_front then '销售' else '支持' end as business_unit,
            case when boss.person <> held.person then uid(boss.person) end as manager_user_id,
            coalesce(left_on >= @cut::date, true) as is_active, hired_on,
            case when left_on < @cut::date then left_on end as left_on,
            greatest(held.from_on::timestamp, case when left_on < @cut::date then left_on::timestamp end)
                + interval 9 hour
                as updated_at, null::timestamp as _known
        from held join person using (person) join seat using (seat) left join director using (territory)
        asof left join occupancy as boss on boss.seat = director.seat and held.from_on >= boss.from_on""",
    "crm.account": """
        with deals as (
            select account_no, max(seen(known_at, @cut)) as followed_at, bool_or(to_no = 5 and known_at < @cut)
                as has_bought
            from stage_event join opportunity using (i) where known_at < @cut group by account_no),
        buyer_years as (
            select account_no, max(tier) filter (where year = year(@cut) - 1) as tier, max(year) as last_year
            from customer_year where year < year(@cut) group by account_no),
        owners as (
            select account_no, arg_max(first_owner, created_at) as person from opportunity where created_at < @cut
            group by account_no),
        gaps as (select rec, map_from_entries(list((field, has_filler) order by field)) as gap from missing
            group by rec)
        select r.account_id, account_name || case when is_double then '（分部）' else '' end as account_name,
            credit_code,
            case when gap['industry'] then pick(['未知', '待补充', '-', 'N/A'], u('filler', rec))
                when gap['industry'] is null then industry end as industry,
            case tier when 1 then '核心' when 2 then '重要' when 3 then '普通' end as tier,
            case when u('potential', account_no) < 0.187 then '高' when u('potential', account_no) < 0.6 then '中'
                else '低' end as potential,
            case when c.account_no is not null then '低' when tier <= 2 then '高' when tier is not null then '中' end
                as loyalty,
            a.src as account_source,
            case when gap['annual_revenue'] is null then annual_revenue_yuan::decimal(18, 2) end as annual_revenue,
            case when gap['employee_count'] is null then staff end as employee_count,
            province, city, '中国' as country, province || city || '示例路' || (account_no % 999 + 1) || '号'
                as address,
            case when gap['phone'] is null then format('000-{:08d}', account_no % 100000000) end as phone,
            case when gap['owner_user_id'] is null then uid(coalesce(owners.person, s.person)) end as owner_user_id,
            case when u('expansion', account_no) < 0.25 then '计划扩产' end as expansion_plan,
            case when has_bought then '合作' else '接触' end as cooperation_depth, c.reason as churn_reason,
            case when has_bought then '已成交' else '未成交' end as deal_status, followed_at as last_followed_at,
            r.created_at, greatest(r.created_at, followed_at, seen(merged_at, @cut), c.noted_on::timestamp
                + interval 10 hour)
                as updated_at,
            coalesce(merged_at < @cut, false) as is_deleted,
            case when merged_at < @cut then a.account_id end as merged_into_id, updated_at as _known
        from account_record as r join account as a using (account_no)
        left join deals using (account_no) left join buyer_years using (account_no) left join owners using (account_no)
        left join gaps using (rec)
        left join (select territory, arg_min(person, seat) as person from occupancy join seat using (seat)
            where place_no = 2 or places = 1 group by territory) as s using (territory)
        left join (select account_no, max(noted_on) as noted_on, arg_max(reason, noted_on) as reason from churn_reason
            where noted_on < @cut::date group by account_no) as c using (account_no)
        where r.created_at < @cut""",
    "crm.contact": """
        select contact_id, account_id, format('示例联系人{:013d}', c) as name, pick(['采购经理', '技术总监', '总经理',
            '财务经理'],
                u('contact.title', c)) as title, pick(['采购部', '技术部', '管理层', '财务部'], u('contact.title', c))
                    as department,
            mobile, null as phone, email, case when u('contact.wecom', c) < 0.46 then 'wm' || contact_id end
                as wecom_external_userid,
            pick(['决策者', '使用者', '影响者'], u('contact.role', c)) as decision_role, is_primary,
            contact.created_at, contact.created_at as updated_at, false as is_deleted, contact.created_at as _known
        from contact join account using (account_no) where contact.created_at < @cut""",
    "crm.lead": f"""
        with cases as (
            select lead.i, lead.created_at, lead.src, lead.industry, lead.province_no, lead.is_valid, grade,
                graded_at, assigned_at,
                responded_at, pooled_at, converted_at, o.account_id, opportunity_id, account_name, person, campaign_id,
                referrer_id, case when not lead.is_valid then graded_at + interval 2 hour end as rejected_at
            from lead join grading using (i) left join opportunity as o using (i)
            left join account as a on a.account_no = o.account_no left join lead_extra using (i)
            where lead.created_at < @cut)
        select format('L{{:011d}}', i) as lead_id, coalesce(account_name, '示例线索公司' || i) as company_name,
            '示例线索联系人' || i as contact_name, format('1770{{:07d}}', i % 10000000) as mobile,
            format('l{{}}@example.com', i) as email, src as source_channel, campaign_id,
            case when campaign_id is not null then src end as utm_source, industry, province, city,
            case when graded_at < @cut then grade end as grade, seen(graded_at, @cut) as graded_at,
            case when converted_at < @cut then '已转化' when rejected_at < @cut then '无效'
                when grade = 'C' and pooled_at < @cut then '培育' when responded_at < @cut then '跟进中'
                    else '新线索' end
                as status,
            case when rejected_at < @cut then false when responded_at < @cut and is_valid then true end as is_valid,
            case when rejected_at < @cut then pick(['号码错误', '非目标客户', '同行', '重复'], u('lead.reject', i)) end
                as invalid_reason,
            uid(person) as owner_user_id, seen(assigned_at, @cut) as assigned_at,
            seen(responded_at, @cut) as first_response_at,
            case when grade = 'C' then seen(pooled_at, @cut) end as pool_entered_at,
            case when src = '{p.REFERRAL_SOURCE}' then referrer_id end as referrer_account_id,
            coalesce(converted_at < @cut, false) as is_converted, seen(converted_at, @cut) as converted_at,
            case when converted_at < @cut then account_id end as converted_account_id,
            case when converted_at < @cut then opportunity_id end as converted_opportunity_id, created_at,
            greatest(created_at, seen(assigned_at, @cut), seen(graded_at, @cut), seen(responded_at, @cut),
                seen(rejected_at, @cut), seen(converted_at, @cut), case when grade = 'C' then seen(pooled_at, @cut) end)
                as updated_at, false as is_deleted, updated_at as _known, i as _sort
        from cases join province using (province_no)""",
    "crm.opportunity": f"""
        with now as (
            select i, arg_max(to_no, (ts, seq)) as to_no, max(known_at) as known_at, min(ts) as first_at,
                max(ts) filter (where to_no in (0, 5)) as decided_at
            from stage_event where known_at < @cut group by i)
        select opportunity_id, opportunity_id || '-' || product_id as opportunity_name,
            coalesce(case when u('alias', i) < 0.5 and alias_from < o.created_at then alias_id end, account_id)
                as account_id,
            uid(case when to_no in (0, 5, 6) then last_owner else first_owner end) as owner_user_id,
            {_STAGE} as stage_code, case when c.i is not null and to_no >= 5 then c.sales_model || '_' || c.touch
                else 'direct_' || source.touch end as pipeline_code, product_id,
            coalesce(case when to_no >= 5 then c.main_series end, left(split_part(product_id, '-', 2), 1))
                as product_line,
            yuan(case when to_no >= 5 then c.net_fen else estimate_fen end) as amount, 'CNY' as currency,
            ([0.1, 0.2, 0.4, 0.7, 1, 1][greatest(to_no, 1)] * (to_no > 0)::integer)::decimal(9, 6) as probability,
            o.src as lead_source, converted_at::date + 45 as expected_close_on, converted_at::date as engaged_on,
            case when to_no in (0, 5, 6) then decided_at::date end as closed_on, to_no in (0, 5, 6) as is_closed,
            to_no in (5, 6) as is_won, case when to_no = 0 then case when cancels then '签约后取消' else
                pick(['价格', '竞争对手', '需求取消', '预算不足', '响应慢'], u('lost.reason', i)) end end
                    as lost_reason,
            case when to_no = 0 and u('competitor', i) < 0.4 then pick(['竞品甲', '竞品乙', '竞品丙'], u('which',
                i)) end
                as competitor,
            converted_at as created_at, now.known_at as updated_at, false as is_deleted, now.known_at as _known, i
                as _sort
        from now join opportunity as o using (i) left join contract as c using (i) join source using (src)
        left join account_alias as d on d.account_no = o.account_no""",
    "crm.opportunity_stage_history": f"""
        select format('H{{:013d}}', e) as history_id, opportunity_id, {_STAGE} as to_stage_code, ts as changed_at,
            case when from_no = 0 then 'lost' else {_STAGE_NAMES}[from_no] end as from_stage_code,
            uid(case when to_no in (0, 5, 6) then last_owner else first_owner end) as changed_by_user_id,
            yuan(estimate_fen) as amount_at_change, known_at as _known, e as _sort
        from stage_event join opportunity using (i) where known_at < @cut""",
    "crm.stage_action": f"""
        select opportunity_id, {_STAGE_NAMES}[to_no] as stage_code, action_code, done_at, uid(first_owner) as done_by,
            form_complete, done_at as _known, a as _sort
        from stage_action join opportunity using (i) where done_at < @cut""",
    "crm.activity": """
        select format('V{:013d}', v) as activity_id, kind as activity_type, '跟进' as subject, account_id,
            opportunity_id,
            case when v % 8 = 0 then format('L{:011d}', i) end as lead_id, uid(person) as owner_user_id, started_at,
            started_at + interval 20 minute as ended_at, 1200 as duration_s, '完成' as status, true as is_closed,
            started_at as created_at, started_at as updated_at, false as is_deleted, started_at as _known
        from activity join (select i, account_id, opportunity_id from opportunity) using (i) where started_at < @cut""",
    "crm.change_log": """
        select uid(person) as user_id, 'account' as entity, format('A{:011d}', 1 + h % 12) as record_id, field,
            ts as changed_at, ts as _known, h as _sort from change where ts < @cut""",
    # What is offered is an estimate until the contract gives the sum.
    "crm.quote": """
        with priced as (
            select q.*, opportunity_id, half_up(case when q.closed_at < @cut then coalesce(c.net_fen, estimate_fen)
                else estimate_fen end * 10000, 10000 - last_bp)::bigint as list_fen
            from quote as q join (select i, opportunity_id from opportunity) using (i)
            left join (select i, net_fen from contract) as c using (i)
            where submitted_at < @cut)
        select format('Q{:011d}', i) as quote_id, version_no, opportunity_id, submitted_at, uid(first_owner)
            as requested_by,
            yuan(list_fen) as list_amount, yuan(half_up(list_fen * (10000 - bp), 10000)) as net_amount,
            (bp / 10000)::decimal(9, 6) as discount_rate, 'CNY' as currency, true as is_standard,
            case when version_no < versions then '已替换' when closed_at < @cut and is_won then '已接受'
                when closed_at < @cut then '已拒绝' else '已发送' end as status,
            greatest(submitted_at, seen(closed_at, @cut)) as updated_at, false as is_deleted, updated_at as _known
        from priced""",
    "crm.contract": """
        with parts as (
            select i, 1 as part, 1 as parts from contract_record
            where not is_split
            union all select i, unnest([1, 2, 3]), 3 from contract_record where is_split)
        select contract_id(i, part) as contract_id, 'HT-' || year || '-' || lpad(i::varchar, 11, '0') || '-' || part
                as contract_no,
            coalesce(case when u('alias.contract', i) < 0.5 and alias_from < signed_at then alias_id end, account_id)
                as account_id,
            opportunity_id, case when is_linked then format('AP{:012d}', i) end as approval_instance_id,
            yuan(split_part_fen(amount_fen, part, parts)) as amount, 'CNY' as currency,
            (discount_bp / 10000)::decimal(9, 6) as discount_rate, sign_on as signed_on, sign_on as start_on,
            sign_on + 365 as end_on, case when cancelled_at < @cut then '已取消' else '已签订' end as status,
            uid(last_owner) as owner_user_id, format('示例签约人{:011d}', i) as customer_signatory,
            main_series as product_line, signed_at as created_at,
            greatest(signed_at, seen(cancelled_at, @cut)) as updated_at, false as is_deleted, updated_at as _known
        from contract_record join parts using (i) left join account_alias using (account_no)
        where signed_at < @cut""",
    "crm.contract_line": """
        select contract_id(i, part) as contract_id, line_no::varchar as line_id, product_id,
            (line_list / price_fen)::decimal(18, 4) as quantity, yuan(line_list) as list_amount,
            yuan(line_net) as net_amount, (tax_percent / 100)::decimal(9, 6) as tax_rate, yuan(line_cost)
                as cost_amount,
            'CNY' as currency, case when lines > 1 then format('BD{:011d}', i) end as bundle_id, signed_at
                as updated_at,
            false as is_deleted, signed_at as _known
        from contract_line_record where signed_at < @cut""",
    "crm.invoice": """
        select format('F{:012d}', v) as invoice_id, contract_id(i, 1) as contract_id, account_id, issued_on, due_on,
            yuan(fen) as amount, 'CNY' as currency, case when cancelled_at < @cut then '作废'
                when received_on < @cut::date then '已付' else '已开' end as status,
            greatest(issued_on, case when received_on < @cut::date then received_on end)::timestamp + interval 9 hour
                as updated_at, false as is_deleted, greatest(updated_at, seen(cancelled_at, @cut)) as _known
        from invoice_record where issued_on < @cut::date""",
    "crm.payment": """
        select payment_id, contract_id(i, 1) as contract_id, format('F{:012d}', v) as invoice_id, account_id,
            planned_on, case when received_on < @cut::date then received_on end as received_on, yuan(fen) as amount,
            'CNY' as currency, '转账' as method, format('622000{:013d}', account_no) as payer_account,
            case when kind = 'returned' then '已退回' when received_on < @cut::date then '已到账' else '计划' end
                as status,
            greatest(known_at, case when received_on < @cut::date then received_on::timestamp + interval 9 hour end)
                as updated_at, false as is_deleted, updated_at as _known
        from payment_record where known_at < @cut""",
    "crm.target": """
        select period_type, period_start, scope_type, scope_id, 'sales_revenue' as metric_code, 1 as version,
            (fen / 100)::decimal(18, 4) as target_value, '元' as unit, period_start::timestamp - interval 20 day
                as approved_at,
            period_start as valid_from, null::date as valid_to, null::timestamp as _known
        from target where year(period_start) <= year(@cut - interval 1 day)""",
    "crm.external_contact": """
        select 'wm' || contact_id as external_userid, uid(o.person) as follow_userid, format('示例联系人{:013d}', c)
            as name,
            account_name as corp_name, '1' as type, '1' as gender, 'un' || contact_id as unionid, '客户' as remark,
            mobile as remark_mobiles, account_name as remark_corp_name, '客户' as tags, '2' as add_way, null as state,
            contact.created_at + interval 3 day as created_at, null::timestamp as _known
        from contact join account using (account_no)
        join (select account_no, arg_max(first_owner, created_at) as person from opportunity
            where created_at < @cut group by account_no) as o
            using (account_no)
        where u('contact.wecom', c) < 0.46 and contact.created_at + interval 3 day < @cut""",
}
