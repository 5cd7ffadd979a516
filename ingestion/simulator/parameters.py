"""Every planted number, with the section of the plan that it comes from: only ``assortment`` has more.

2023 is the plan's stated year. 2022 is what its growth rates imply where they can be met together, 2024 has come part
of the way to the targets, 2025 goes on; later years repeat 2025. Numbers that the plan does not give are marked *own*.
Counts are those of scale 1.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Regions as they were; the four of 2024 (plan 3.3, 4.1, 7.1). Province -> centre until 2023, region from 2024. Central
#: China is split over two regions by customer, which is why no weights could translate it. Shares of revenue: *own*,
#: except that East, South and West with their attainment (2.1) must leave the others with what makes 18.0 in all.
CENTRES = ("华东", "华南", "华北", "华中", "东北", "西部")
REGIONS = ("东部大区", "南部大区", "北部大区", "西部大区")
PROVINCES: tuple[tuple[str, str, str, str, float], ...] = (
    # province, city, centre, region, share of the centre's customers
    ("上海市", "上海市", "华东", "东部大区", 0.36), ("江苏省", "苏州市", "华东", "东部大区", 0.34),
    ("浙江省", "杭州市", "华东", "东部大区", 0.30), ("广东省", "深圳市", "华南", "南部大区", 0.52),
    ("广东省", "广州市", "华南", "南部大区", 0.30), ("福建省", "厦门市", "华南", "南部大区", 0.18),
    ("北京市", "北京市", "华北", "北部大区", 0.50), ("天津市", "天津市", "华北", "北部大区", 0.22),
    ("山东省", "济南市", "华北", "北部大区", 0.28), ("湖北省", "武汉市", "华中", "南部大区", 0.40),
    ("湖南省", "长沙市", "华中", "南部大区", 0.28), ("河南省", "郑州市", "华中", "北部大区", 0.32),
    ("辽宁省", "沈阳市", "东北", "北部大区", 0.62), ("吉林省", "长春市", "东北", "北部大区", 0.38),
    ("四川省", "成都市", "西部", "西部大区", 0.45), ("重庆市", "重庆市", "西部", "西部大区", 0.30),
    ("陕西省", "西安市", "西部", "西部大区", 0.25),
)  # fmt: skip
HEAD_OFFICE = "总部"
REORGANISED_ON = "2024-01-01"

#: Four industry units (2.2 names four, 4.1 three of them: X36). New energy and biomedicine are the emerging ones: 12 %
#: of revenue (3.1).
INDUSTRIES = ("智能制造", "消费电子", "新能源", "生物医药")
EMERGING = ("新能源", "生物医药")

#: Sources (2.3): 60 % the reps' own, 40 % marketing and online. Share within its group, touch, social (3.1, 6.3).
SOURCES: tuple[tuple[str, str, str, bool, float], ...] = (
    # name, group, touch, social, share of the group
    ("销售自拓", "own", "offline", False, 0.52), ("老客户推荐", "own", "offline", False, 0.20),
    ("电话拓展", "own", "offline", False, 0.28), ("展会", "marketing", "offline", False, 0.30),
    ("行业峰会", "marketing", "offline", False, 0.20), ("官网", "marketing", "online", False, 0.28),
    ("搜索推广", "marketing", "online", False, 0.12), ("抖音", "marketing", "online", True, 0.06),
    ("企业微信", "marketing", "online", True, 0.04),
)  # fmt: skip
REFERRAL_SOURCE = "老客户推荐"
OWN_SHARE = 0.60


@dataclass(frozen=True)
class YearFigures:
    """The company in one calendar year."""

    year: int
    revenue_fen: int  # 2.1
    won: int  # 2.1: revenue / 1.26 million (X22: per closed-won order)
    leads: int  # won / conversion
    own_rate: float  # X34: the marketing rate and 12.5 % in all leave 8.7 % for the reps' own leads
    marketing_rate: float  # 2.3
    invalid_rate: float  # 2.1
    stage_days: tuple[float, float, float, float]  # 2.1, 8.1, X16: stages 1-4, which end with the signature
    approval_workdays: float  # 2.3
    discount_days: float  # 2.5
    signing_days: float  # 6.3: approved to signed
    churn_rate: float  # C8, customers of the year before that buy no more; *own*, target 0.15 (3.4)
    repurchase_rate: float  # 2.3
    quarter_shares: tuple[float, float, float, float]  # 2.1 (X1): Q4 28.7 %
    centre_shares: tuple[float, ...]  # 2.1, *own*
    industry_shares: tuple[float, ...]  # 3.1
    tier_shares: tuple[float, float, float]  # 2.1, X21: >= 10 million, 5 to 10 million, below
    series_shares: tuple[float, float, float]  # 2.1: A, B, C
    service_share: float  # 3.4, X37: *own*
    distribution_share: float  # 2.5
    online_share: float  # 3.1, with the shop
    margin_rate: float  # 2.5: -2.3 points in 2023
    oa_link_rate: float  # 2.4
    daily_update_rate: float  # 2.4
    satisfaction: float  # 2.3 (X9): after-sales
    response_hours: float  # 6.1
    no_survey_rate: float  # 2.3
    headcount: int  # 2.2, at the end of the year
    frontline_share: float  # 2.2, at the end of the year
    leavers: int  # 2.2: 28.6 % of the average headcount
    core_leaver_share: float  # 2.2
    open_access_rate: float  # 2.4
    training_hours: float  # 2.2
    expense_rate: float  # 7.3: 14.3 % + 0.7 points in 2023
    shop_buyers: int  # *own*
    shop_new_share: float  # *own*
    official_orders: int  # *own*: orders of the own web shop; sessions follow from 2.3 %
    site_conversion: float  # 2.5
    social_visit_share: float  # 2.5: below 5 %
    promo_peak_share: float  # 2.5: 65 % of promotion sales on 618 and 11-11


YEARS: dict[int, YearFigures] = {
    2022: YearFigures(
        year=2022, revenue_fen=165_627_782_725, won=1357, leads=11_300, own_rate=0.0845, marketing_rate=0.1755,
        invalid_rate=0.361, stage_days=(4.1, 15.2, 8.1, 15.0), approval_workdays=5.6, discount_days=1.3,
        signing_days=5.2, churn_rate=0.2, repurchase_rate=0.342, quarter_shares=(0.220, 0.247, 0.256, 0.277),
        centre_shares=(0.335, 0.215, 0.165, 0.122, 0.065, 0.098), industry_shares=(0.50, 0.40, 0.058, 0.042),
        tier_shares=(0.178, 0.392, 0.430), series_shares=(0.606, 0.165, 0.229), service_share=0.150,
        distribution_share=0.24, online_share=0.26, margin_rate=0.380, oa_link_rate=0.41, daily_update_rate=0.497,
        satisfaction=0.809, response_hours=4.3, no_survey_rate=0.45, headcount=288, frontline_share=0.72, leavers=78,
        core_leaver_share=0.44, open_access_rate=0.37, training_hours=34.0, expense_rate=0.153, shop_buyers=3300,
        shop_new_share=1.0, official_orders=620, site_conversion=0.022, social_visit_share=0.038,
        promo_peak_share=0.67,
    ),
    2023: YearFigures(
        year=2023, revenue_fen=186_000_000_000, won=1476, leads=11_800, own_rate=0.087, marketing_rate=0.182,
        invalid_rate=0.347, stage_days=(4.0, 15.0, 8.0, 15.0), approval_workdays=5.3, discount_days=1.2,
        signing_days=5.0, churn_rate=0.214, repurchase_rate=0.358, quarter_shares=(0.208, 0.246, 0.259, 0.287),
        centre_shares=(0.340, 0.220, 0.160, 0.120, 0.060, 0.100), industry_shares=(0.48, 0.40, 0.070, 0.050),
        tier_shares=(0.182, 0.401, 0.417), series_shares=(0.625, 0.175, 0.200), service_share=0.160,
        distribution_share=0.25, online_share=0.28, margin_rate=0.357, oa_link_rate=0.45, daily_update_rate=0.523,
        satisfaction=0.823, response_hours=4.0, no_survey_rate=0.432, headcount=286, frontline_share=0.72, leavers=82,
        core_leaver_share=0.452, open_access_rate=0.352, training_hours=36.0, expense_rate=0.150, shop_buyers=3600,
        shop_new_share=0.45, official_orders=690, site_conversion=0.023, social_visit_share=0.042,
        promo_peak_share=0.65,
    ),
    2024: YearFigures(
        year=2024, revenue_fen=204_600_000_000, won=1574, leads=11_360, own_rate=0.099, marketing_rate=0.2015,
        invalid_rate=0.320, stage_days=(3.8, 13.6, 7.2, 14.4), approval_workdays=4.6, discount_days=1.0,
        signing_days=4.2, churn_rate=0.180, repurchase_rate=0.382, quarter_shares=(0.215, 0.246, 0.258, 0.281),
        centre_shares=(0.338, 0.219, 0.158, 0.120, 0.059, 0.106), industry_shares=(0.455, 0.385, 0.095, 0.065),
        tier_shares=(0.205, 0.405, 0.390), series_shares=(0.615, 0.205, 0.180), service_share=0.205,
        distribution_share=0.285, online_share=0.315, margin_rate=0.362, oa_link_rate=0.68, daily_update_rate=0.61,
        satisfaction=0.851, response_hours=3.2, no_survey_rate=0.35, headcount=318, frontline_share=0.752, leavers=72,
        core_leaver_share=0.40, open_access_rate=0.22, training_hours=50.0, expense_rate=0.1465, shop_buyers=4000,
        shop_new_share=0.42, official_orders=860, site_conversion=0.031, social_visit_share=0.075,
        promo_peak_share=0.58,
    ),
    2025: YearFigures(
        year=2025, revenue_fen=226_000_000_000, won=1690, leads=11_600, own_rate=0.104, marketing_rate=0.214,
        invalid_rate=0.300, stage_days=(3.6, 12.4, 6.5, 13.6), approval_workdays=4.2, discount_days=0.9,
        signing_days=3.6, churn_rate=0.168, repurchase_rate=0.40, quarter_shares=(0.220, 0.247, 0.257, 0.276),
        centre_shares=(0.336, 0.218, 0.157, 0.120, 0.058, 0.111), industry_shares=(0.43, 0.37, 0.120, 0.080),
        tier_shares=(0.215, 0.405, 0.380), series_shares=(0.605, 0.225, 0.170), service_share=0.240,
        distribution_share=0.31, online_share=0.345, margin_rate=0.365, oa_link_rate=0.82, daily_update_rate=0.68,
        satisfaction=0.868, response_hours=2.8, no_survey_rate=0.29, headcount=334, frontline_share=0.77, leavers=70,
        core_leaver_share=0.38, open_access_rate=0.12, training_hours=60.0, expense_rate=0.1445, shop_buyers=4300,
        shop_new_share=0.40, official_orders=1000, site_conversion=0.036, social_visit_share=0.10,
        promo_peak_share=0.54,
    ),
}  # fmt: skip


def year_figures(year: int) -> YearFigures:
    """The figures of a year; those of the first or last known year outside of them."""
    return YEARS[min(max(year, min(YEARS)), max(YEARS))]


#: Targets of 2023 that the plan states by attainment (2.1): scope -> attained share.
ATTAINMENT_2023 = {"华东": 1.12, "华南": 1.08, "西部": 0.895}
B_ATTAINMENT_2023 = 0.782
#: Revenue targets in fen (2.1, 3.1); the targets of the regions other than those above share what is left.
REVENUE_TARGETS = {2022: 160_000_000_000, 2023: 180_000_000_000, 2024: 223_000_000_000, 2025: 268_000_000_000}

#: Shape of the year: leads by month (*own*: few around Chinese New Year, many in autumn), so that counts of contracts
#: follow the quarters of 2.1 before money is fitted to them.
LEAD_MONTHS = (0.80, 0.72, 1.05, 1.02, 1.00, 1.02, 1.04, 1.03, 1.12, 1.10, 1.08, 1.02)
#: Share of the signatures due in the first 10 days of a quarter that are pulled into the last 4 days of the one before.
QUARTER_END_PULL = 0.45

#: Customers: how many bought before the books opened, how many of the won deals are a customer's first, which part
#: of the valid leads comes from customers. All *own*.
INITIAL_CUSTOMERS = 640
FIRST_DEAL_SHARE = {"own": 0.10, "marketing": 0.19}
EXISTING_LEAD_SHARE = 0.62
#: Share of a cohort's won deals that is signed in the next year; only the cohort before the books opened needs it.
OPENING_SPILL = 0.112
TIER_MEAN_FEN = (1_340_000_000, 715_000_000)

#: Log-odds of winning a valid lead (6.1, 6.2 want models that find such effects; sizes *own*). The intercepts follow
#: from the planted conversion of each source and kind of customer.
WIN_ODDS = {
    "response_doubling": -0.22,  # each doubling of the hours to the first answer
    "meeting": 0.45,  # each meeting held
    "discount_point": 0.06,  # each percentage point of discount offered
    "email_open": 0.18,  # each e-mail opened
    "emerging": -0.35,  # new energy, biomedicine
    "large": 0.40,  # company with 1000 people or more
}
#: Log-odds that a customer of this year buys nothing in the next.
CHURN_ODDS = {
    "gap_month": 0.30,  # each month since the last order
    "email_open": -0.25,  # each e-mail opened in the last quarter
    "repeat": -0.80,  # bought on two or more days in the year
    "slow_ticket": 0.60,  # a ticket that waited more than a day in the year
    "large": -0.60,  # buys for 5 million or more in the year
}
SHOP_CHURN_ODDS = {"gap_month": 0.22, "repeat": -0.90}

#: 2.3: why churned customers left.
CHURN_REASON_SHARES = (("缺乏持续服务", 0.325), ("价格因素", 0.28), ("转向竞争对手", 0.235), ("业务收缩", 0.16))

#: Skills certified (2.2), tools (2.4, 8.1): share of front-line people.
SKILLS = {"communication": 0.683, "data_analysis": 0.327, "solution_design": 0.415, "emerging_industry": 0.248,
          "crm": 0.386}  # fmt: skip
AI_ASSISTANT_SHARE = 0.235
SYSTEMS = ("crm", "oa", "meeting", "bi", "mail", "wecom", "erp", "esign", "dms", "shop_admin", "survey", "ai_assistant")

#: 7.3: the sales budget of 2024 and its split; the same split of what other years may spend.
BUDGET_2024_FEN = 32_000_000_000
BUDGET_SPLIT = {"marketing": 0.45, "training": 0.20, "technology": 0.35}
#: 2.5: unit logistics in the West cost 18.3 % more than in the East.
WEST_LOGISTICS_FACTOR = 1.183
LOGISTICS_RATE_EAST = 0.021

#: Discounts (2.5, 4.1, X30): basis points and how often; the authority that each needs.
DISCOUNTS = ((0, 0.16), (100, 0.12), (200, 0.14), (300, 0.12), (400, 0.10), (500, 0.09), (600, 0.07), (700, 0.05),
             (800, 0.05), (1000, 0.04), (1200, 0.03), (1500, 0.03))  # fmt: skip
UNAUTHORISED_SHARE = 0.04

#: The shop (2.5): days that sell more or less than the others, as factors, by month and day.
SHOP_DAYS = {"06-16": 2.5, "06-17": 3.0, "06-18": 9.0, "06-19": 2.0, "11-01": 2.5, "11-10": 3.0, "11-11": 12.0,
             "11-12": 2.5, "12-12": 2.0}  # fmt: skip
SHOP_NEW_YEAR_FACTOR = 0.35
SHOP_WEEKEND_FACTOR = 1.15

#: Dirt at dirtiness 1: share of the rows concerned, unless said otherwise. All *own*, except completeness (2.3).
COMPLETENESS = 0.613
COMPLETENESS_FIELDS = ("account_id", "account_name", "industry", "annual_revenue", "employee_count", "phone",
                       "owner_user_id")  # fmt: skip
DIRT = {
    "duplicate_account": 0.03,
    "merged_share": 0.70,
    "reopened": 0.03,
    "skipped": 0.06,
    "moved_back": 0.04,
    "backdated": 0.05,
    "empty_update": 0.20,
    "split_contract": 0.02,
    "cancelled_contract": 0.030,
    "partial_refund": 0.01,
    "superseded": 0.02,
    "wide_digits": 0.01,
    "dressed_amount": 0.01,
    "placeholder_share": 0.25,
    "redelivered": 0.10,
    "late": 0.08,
    "corrected": 0.08,
    "test_order": 0.002,
}
#: Unreadable rows in the opening delivery, a count that does not grow with scale: they are wrong one by one.
UNREADABLE = {"crm.lead": 3, "crm.opportunity": 2, "crm.contract": 2, "ec.order": 3, "ec.order_item": 2,
              "mtg.meeting": 2, "oa.approval_instance": 2}  # fmt: skip
#: Reps who change their region in the middle of a quarter, two by two.
REGION_MOVES = (("2023-05-15", 3), ("2024-05-13", 4))
#: Contracts above this need the director in person, which is why some are split just below it.
APPROVAL_LIMIT_FEN = 50_000_000
