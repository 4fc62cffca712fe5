"""数据接口的词: what the interface asks and answers, each field with its Chinese title."""

from datetime import date
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field, create_model

from . import exports
from .reading import ORDERS, PAGE

Result = create_model(
    "Result",
    __base__=Schema,
    **{
        name: (str, Field(title=title, description=about or title))
        for name, title, _, about in exports.COLUMNS
    },
)
Text = Annotated[str, Field(max_length=100)]
Cursor = Annotated[str, Field(max_length=400, description="上一页给出的 after；空为第一页")]


Size = Annotated[int, Field(ge=1, le=200, title="一页几条", description="1 到 200")]


def _text(title, about=""):
    return Field("", title=title, description=about or title)


class Asked(Schema):
    q: Text = _text(
        "查什么", "企业名称的一部分、拼音、首字母，或统一社会信用代码；没有恰好符合的给名称相近的"
    )
    town: Text = _text("乡镇（街道）")
    industry: Text = _text("行业")
    category: Text = _text("监管分类")
    result: Text = _text("结果", "结果代码或结果的全文")
    item: Text = _text("事项代码")
    draw: Text = _text("抽取编号")
    ref: Text = _text("名录编号")
    since: date | None = Field(None, title="检查日期自", description="含当日，如 2026-01-01")
    until: date | None = Field(None, title="检查日期至", description="含当日")
    order: Literal[tuple(ORDERS)] = Field(
        "newest", title="排列", description="newest 最近公示，day 检查日期，name 企业名称"
    )
    after: Cursor = ""
    size: Size = PAGE


class Results(Schema):
    items: list[Result]
    after: str = Field(title="下一页的记号，空为没有了")
    is_near: bool = Field(title="没有恰好符合的，这些是名称相近的")


class PenaltyRow(Schema):
    id: str = Field(title="公示编号")
    url: str = Field(title="网址")
    subject: str = Field(title="行政相对人名称")
    code: str = Field(title="统一社会信用代码")
    ref: str = Field(title="名录编号")
    decision_number: str = Field(title="行政处罚决定文书号")
    cause: str = Field(title="违法行为类型")
    outcome: str = Field(title="处罚内容")
    decided_on: str = Field(title="处罚决定日期")
    ends_on: str = Field(title="公示截止期")
    severity: str = Field(title="失信严重程度")
    bureau: str = Field(title="处罚机关")
    published_at: str = Field(title="公示时间")
    digest: str = Field(title="公示内容的指纹")


class Penalties(Schema):
    items: list[PenaltyRow]
    after: str = Field(title="下一页的记号，空为没有了")


class Article(Schema):
    id: str = Field(title="公示编号")
    url: str = Field(title="网址")
    kind_code: str = Field(title="种类代码", description="公告的种类；企业陈述为 statement")
    kind: str = Field(title="种类")
    subject: str = Field(title="标题；企业陈述为企业名称")
    about: str = Field(title="针对的公示编号，公告为空")
    text: str = Field(title="内容；企业陈述由企业自己写，未经核实")
    published_at: str = Field(title="公示时间")
    digest: str = Field(title="公示内容的指纹")


class Texts(Schema):
    items: list[Article]
    after: str = Field(title="下一页的记号，空为没有了")


class DrawRow(Schema):
    number: str = Field(title="抽取编号")
    task: str = Field(title="任务")
    status_code: str = Field(title="状态代码")
    status: str = Field(title="状态")
    commitment: str = Field(title="封存文件的指纹")
    prev: str = Field(title="前一次封存的指纹")
    result_digest: str = Field(title="结果的指纹，未抽取为空")
    sealed_at: str = Field(title="封存时间")
    release_by: date | None = Field(title="最迟公开日期")
    released_at: str = Field(title="公开时间，未公开为空")
    files: list[str] = Field(title="公开的文件")


class Draws(Schema):
    items: list[DrawRow]
    after: str


class ItemRow(Schema):
    code: str = Field(title="事项代码")
    name: str = Field(title="事项名称")
    kind_code: str = Field(title="类别代码")
    kind: str = Field(title="类别")
    basis: str = Field(title="抽查依据")
    content: str = Field(title="抽查内容")
    method: str = Field(title="抽查方式")
    frequency: str = Field(title="比例、频次")
    list_version: int = Field(title="清单版次")


class Share(Schema):
    by_visits: float | None = Field(title="双随机占比，按家次（%）")
    by_firms: float | None = Field(title="双随机占比，按家（%）")
    random_visits: int = Field(title="双随机检查，家次")
    visits: int = Field(title="全部检查，家次")
    random_firms: int = Field(title="双随机检查，家")
    firms: int = Field(title="全部检查，家")
    definition: str = Field(title="口径")


class PlanRow(Schema):
    bureau: str = Field(title="机关")
    year: int = Field(title="年度")
    title: str = Field(title="计划名称")
    published_at: str = Field(title="公布时间")
    rounds: int = Field(title="每年抽查轮次")
    random_share: int = Field(title="双随机占比不低于（%）")
    share: Share | None = Field(
        title="全年双随机占比", description="按查完的检查计；年度结束、名单全部公开之后才有"
    )


class Change(Schema):
    at: str = Field(title="时间")
    what_code: str = Field(
        title="变动代码",
        description="published 公示，progress 办理进展，corrected 更正，withdrawn 撤回，repaired 信用修复，"
        "ended 期满",
    )
    what: str = Field(title="公示、更正、撤回、信用修复或期满")
    id: str = Field(title="公示编号")
    kind: str = Field(
        title="种类", description="result 抽查结果，penalty 行政处罚，news 公告，statement 企业陈述"
    )
    reason: str = Field(title="原因")


class Problem(Schema):
    """RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
