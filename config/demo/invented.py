"""An invented county for the demonstration: no real enterprise, no real person (names read 某甲, 某乙 …)."""

import csv
import io

from PIL import Image, ImageDraw

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
STEMS = "甲乙丙丁戊己庚辛壬癸"
TOWNS = ["北山镇", "清水镇", "柳林镇", "石桥乡", "白塔乡", "城关街道"]
TRADES = [
    # (how many, name, scope, sections' trade)
    (14, "{town}{n}号采石场", "露天开采建筑石料；石料开采、加工、销售", "采矿"),
    (10, "{town}第{n}砂石有限公司", "采砂；砂石开采及销售", "采矿"),
    (16, "{town}第{n}加油站", "汽油、柴油零售", "零售"),
    (8, "青原县第{n}化工有限公司", "危险化学品生产；甲醇、氧气生产销售", "化工"),
    (12, "{town}第{n}烟花爆竹零售店", "烟花爆竹零售", "零售"),
    (4, "青原县第{n}铁合金有限公司", "铁合金冶炼；金属冶炼", "冶金"),
    (12, "{town}第{n}建材厂", "商品混凝土生产；水泥制品制造", "建材"),
    (14, "{town}第{n}机械厂", "机械制造；机械加工；金属结构制造", "机械"),
    (16, "{town}第{n}食品有限公司", "食品加工；粮食加工；肉制品生产", "轻工"),
    (8, "{town}第{n}羊绒制品厂", "羊绒制品加工；纺织品制造", "纺织"),
    (12, "{town}第{n}超市", "百货、日用品销售；餐饮服务", "商贸"),
    (10, "{town}第{n}种养殖专业合作社", "牛羊养殖；农产品销售", "农业"),
]
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_OUTER = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_INNER = (3, 7, 9, 10, 5, 8, 4, 2)


def credit_code(serial, division="990101"):
    """A well-formed credit code of a division that does not exist."""
    body = f"MA{serial:06d}"
    check = 11 - sum(int(letter, 36) * weight for letter, weight in zip(body, _INNER, strict=True)) % 11
    code = f"91{division}{body}" + {10: "X", 11: "0"}.get(check, str(check))
    total = sum(_ALPHABET.index(letter) * weight for letter, weight in zip(code, _OUTER, strict=True))
    return code + _ALPHABET[-total % 31]


LEADERS = [
    ("head", "钱某", "党委书记、局长"),
    ("deputy", "孙某", "党委委员、副局长"),
    ("deputy", "李某", "党委委员、副局长"),
    ("member", "周某", "综合股股长"),
    ("member", "吴某", "危险化学品股股长"),
    ("office", "周某", "综合股股长"),
]


def person(number):
    """赵某甲, 钱某乙 …"""
    return f"{SURNAMES[number % len(SURNAMES)]}某{STEMS[number % len(STEMS)]}"


_HEADERS = ["企业名称", "统一社会信用代码", "企业类型", "法定代表人", "成立日期", "登记状态"]
_HEADERS += ["注册资本", "经营范围", "行业", "住所", "乡镇"]


def register_csv():
    """The county's register as a file somebody might have: csv bytes with a byte-order mark."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(_HEADERS)
    rows.writerows(_firms())
    # Two rows that real files always have: a firm without a code, and one whose code was typed wrong.
    kiln = ["砖瓦烧制；制砖", "建材", "青原县石桥乡9号", "石桥乡"]
    rows.writerow(["石桥乡无照砖瓦窑", "", "个体户", person(3), "", "存续", "", *kiln])
    yard = ["水泥制品", "建材", "", "清水镇"]
    rows.writerow(
        ["清水镇误码建材厂", "91990101MA0000001A", "有限责任公司", person(4), "", "存续", "", *yard]
    )
    return ("\ufeff" + out.getvalue()).encode()


def _firms():
    serial = 0
    for count, name, scope, trade in TRADES:
        for n in range(1, count + 1):
            serial += 1
            town = TOWNS[serial % len(TOWNS)]
            yield [
                name.format(town=town, n=n),
                credit_code(serial),
                "有限责任公司",
                person(serial),
                f"{2005 + serial % 18}-{1 + serial % 12:02d}-{1 + serial % 28:02d}",
                "注销" if serial % 41 == 0 else "存续",
                f"{100 + serial % 9 * 50}万元",
                scope,
                trade,
                f"青原县{town}{serial}号",
                town,
            ]


SECTIONS = [("01", "矿山股"), ("02", "危化股"), ("03", "工贸股"), ("04", "综合执法大队")]
SKILLS_OF = {
    "01": ["非煤矿山"],
    "02": ["危险化学品", "烟花爆竹"],
    "03": ["工贸", "金属冶炼"],
    "04": ["非煤矿山", "危险化学品", "烟花爆竹", "工贸", "金属冶炼"],
}

RULES = """一、检查人员不少于两人，出示执法证件，送达检查通知书，告知陈述申辩和申请回避的权利。
二、对照检查表逐项检查，不符合的当场取证，未检查的写明原因。
三、能立即改正的责令立即改正；需要时间的责令限期改正并复查；重大事故隐患依法采取措施。
四、检查结束后五个工作日内提交检查报告，结果按期公示。"""

ITEMS = [
    (
        "A01",
        "安全生产责任制和管理人员",
        "安全生产法第21条至第27条",
        "主要负责人履职、全员责任制、机构和人员配备、考核合格",
        [],
        [
            (
                "主要负责人建立并落实全员安全生产责任制",
                "未建立或未落实全员安全生产责任制",
                "安全生产法第21条、第22条",
                "责令限期改正",
                "安全生产法第94条",
                True,
                False,
            ),
            (
                "按规定设置安全生产管理机构或配备专（兼）职管理人员",
                "未按规定设置机构或配备管理人员",
                "安全生产法第24条",
                "责令限期改正",
                "安全生产法第97条第1项",
                True,
                False,
            ),
            (
                "主要负责人和安全生产管理人员经考核合格（高危行业）",
                "主要负责人、安全生产管理人员未经考核合格",
                "安全生产法第27条",
                "责令限期改正",
                "安全生产法第97条第2项",
                False,
                False,
            ),
        ],
    ),
    (
        "A02",
        "从业人员教育培训",
        "安全生产法第28条、第30条",
        "培训计划、实施和档案；特种作业人员持证上岗",
        [],
        [
            (
                "对从业人员进行安全生产教育和培训并如实记录",
                "未对从业人员进行教育培训或未如实记录",
                "安全生产法第28条",
                "责令限期改正",
                "安全生产法第97条第3项、第4项",
                True,
                False,
            ),
            (
                "特种作业人员持证上岗",
                "特种作业人员未取得相应资格上岗作业",
                "安全生产法第30条",
                "责令立即停止作业、限期改正",
                "安全生产法第97条第7项",
                True,
                False,
            ),
        ],
    ),
    (
        "A03",
        "事故隐患排查治理",
        "安全生产法第41条",
        "风险分级管控、隐患排查治理制度和记录、重大隐患报告",
        [],
        [
            (
                "如实记录事故隐患排查治理情况并向从业人员通报",
                "未如实记录隐患排查治理情况或未通报",
                "安全生产法第41条",
                "责令限期改正",
                "安全生产法第97条第5项",
                True,
                False,
            ),
            (
                "建立安全风险分级管控制度并采取管控措施",
                "未建立安全风险分级管控制度",
                "安全生产法第41条",
                "责令限期改正",
                "安全生产法第101条第4项",
                True,
                False,
            ),
            (
                "重大事故隐患按规定报告并治理",
                "重大事故隐患未报告或未治理",
                "安全生产法第41条",
                "责令立即排除，暂时停产停业或停止使用",
                "安全生产法第101条第5项、第102条",
                True,
                True,
            ),
        ],
    ),
    (
        "B01",
        "粉尘涉爆、有限空间等专项要求",
        "工贸企业重大事故隐患判定标准",
        "粉尘清扫、有限空间台账和审批、先通风再检测后作业",
        ["08", "09", "10", "11"],
        [
            (
                "有限空间辨识建账并设置警示标志",
                "有限空间未辨识建账且未设置警示标志",
                "工贸企业重大事故隐患判定标准第13条",
                "责令限期改正",
                "安全生产法第102条",
                False,
                True,
            ),
            (
                "有限空间作业履行审批，先通风、再检测、后作业",
                "有限空间作业未审批或未执行先通风、再检测、后作业",
                "工贸企业重大事故隐患判定标准第13条",
                "责令立即停止作业",
                "安全生产法第101条第3项",
                False,
                True,
            ),
        ],
    ),
]


def plan_csv():
    """The year's plan as a table somebody might have."""
    rows = [
        [
            "序号",
            "检查事项",
            "检查类别",
            "检查对象",
            "抽查比例",
            "检查频次",
            "检查方式",
            "时间安排",
            "承办股室",
        ],
        [
            "1",
            "非煤矿山安全生产监督检查",
            "一般检查",
            "非煤矿山",
            "15%",
            "2次/年",
            "现场检查",
            "3月—11月",
            "矿山股",
        ],
        [
            "2",
            "危险化学品企业监督检查",
            "一般检查",
            "危险化学品",
            "10%",
            "2次/年",
            "现场检查",
            "3月—11月",
            "危化股",
        ],
        ["3", "工贸企业监督检查", "一般检查", "工贸企业", "10%", "2次/年", "现场检查", "4月—11月", "工贸股"],
        ["4", "重点单位监督检查", "重点检查", "重点单位", "全覆盖", "每年一次", "现场检查", "全年", "各股室"],
    ]
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return ("\ufeff" + out.getvalue()).encode()


def picture(number):
    """A photo that shows nothing but colours: a JPEG of its own for each number."""
    image = Image.linear_gradient("L").resize((640, 480)).convert("RGB")
    tint = Image.new(
        "RGB", image.size, ((number * 67) % 200 + 40, (number * 31) % 200 + 40, (number * 13) % 200 + 40)
    )
    out = io.BytesIO()
    Image.blend(image, tint, 0.6).save(out, "JPEG", quality=80)
    return out.getvalue()


def signature(number):
    """Strokes that are nobody's name: a PNG."""
    image = Image.new("RGB", (480, 200), "white")
    pen = ImageDraw.Draw(image)
    at = (40, 100 + number % 30)
    for n in range(9):
        to = (at[0] + 20 + (number * (n + 3)) % 35, 60 + (number * (n + 7) * 13) % 90)
        pen.line([at, to], fill="black", width=5, joint="curve")
        at = to
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


NEWS = [
    (
        "publicity",
        "随机抽查怎么抽，群众怎么监督",
        "# 怎么抽\n先把名录、人员和规则封存，再由见证人当众掷骰，按公开的算法抽出企业和检查人员。\n\n"
        "# 怎么监督\n查完之后全部文件公开，任何人都可以在网页上重新计算；对结果有异议的，"
        "可以在那条公示的页面提出。",
    ),
    (
        "rules",
        "安全生产随机抽查监管细则",
        "# 检查人员\n不少于两人，出示执法证件和检查通知书；扫通知书上的二维码可以核对真伪。\n\n"
        "# 检查内容\n只查公布的事项清单内的事项；同一企业一年内的检查次数不超过公布的上限。",
    ),
    (
        "problems",
        "上半年安全生产检查普遍性问题的通报",
        "# 普遍性问题\n1. 事故隐患排查治理记录不完整。\n2. 从业人员安全培训记录缺失。\n\n# "
        "建议\n请各企业对照自查自改。",
    ),
]
