"""The online shop of the example company: buyers with their own rhythm who one day stop coming."""

from __future__ import annotations

SHOP_STATEMENTS: tuple[str, ...] = (
    # Rate of purchase log-normal around one in 35 days; after each purchase the buyer leaves for good with a
    # probability of his own (2 to 25 %): one in seven buys once only, others buy every week for years.
    """create table buyer as
       select i, format('B{:05d}', i) as buyer_id, 1060 * pow(draw('born', i), 0.95) as first_day,
         35 * exp(0.8 * sqrt(-2 * ln(1 - draw('z1', i))) * cos(2 * pi() * draw('z2', i))) as mean_gap,
         0.02 + 0.23 * pow(draw('leaves', i), 1.5) as leaving,
         case when draw('platform', i) < 0.65 then 'tmall' else 'jd' end as platform,
         pick(['上海', '江苏', '浙江', '广东', '福建', '北京', '山东', '四川', '陕西', '湖北'],
           draw('ship', i)) as province
       from range(1, 1501) as n(i)""",
    """create table shop_order as
       with step as (
         select buyer.*, k, draw('left' || k, i) < leaving as leaves,
           case when k = 0 then 0 else 0.3 + exponential(draw('gap' || k, i), mean_gap) end as gap
         from buyer, range(60) as s(k)),
       timed as (
         select *, first_day + sum(gap) over (partition by i order by k) as day
         from step
         qualify k = 0 or not bool_or(leaves) over (
           partition by i order by k rows between unbounded preceding and 1 preceding)),
       dated as (
         select *, (date '2022-01-01' + floor(day)::integer)
           + to_seconds(28800 + floor((day - floor(day)) * 54000)::integer) as created_at
         from timed where day < 1096)
       select *, row_number() over (order by created_at, buyer_id) as n, format('E{:06d}', n) as order_id,
         least(created_at + to_minutes(1 + floor(20 * draw('paid', n))::integer),
           timestamp '2024-12-31 23:59:59') as paid_at,
         least(created_at + to_hours(24 + floor(96 * draw('done', n))::integer),
           timestamp '2024-12-31 23:59:59') as updated_at
       from dated""",
    """create table shop_line as
       with step as (
         select n, order_id, platform, buyer_id, province, created_at, line_no, draw('lines', n) as u,
           format('P{:02d}', 5 + (floor(4 * draw('goods', n))::integer + line_no) % 4) as product_id,
           1 + floor(4 * pow(draw('quantity' || line_no, n), 3))::integer as quantity
         from shop_order, range(1, 4) as s(line_no))
       select step.*, product_name, format('{}-{}', order_id, line_no) as line_id,
         (list_price * case when month(created_at) in (6, 11) then 0.88 else 0.97 end)::decimal(18, 2)
           as unit_price,
         (quantity * unit_price)::decimal(18, 2) as line_amount
       from step join product using (product_id)
       where line_no = 1 or (line_no = 2 and u < 0.46) or (line_no = 3 and u < 0.21)""",
    """create table shop_refund as
       select *, format('R-{}', line_id) as refund_id,
         1 + floor(quantity * draw('sent_back', line_id))::integer as refunded_quantity,
         (refunded_quantity * unit_price)::decimal(18, 2) as amount,
         created_at + to_hours(20 + floor(400 * draw('refunded', line_id))::integer) as refunded_at
       from shop_line
       where draw('refund', line_id) < 0.03 and refunded_at < timestamp '2025-01-01'""",
)
