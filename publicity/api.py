"""数据接口 (read-only, no key): OpenAPI 3.1 at /api/v1/openapi.json. Rows are those of exports.py; a
page goes on from a mark."""

from datetime import date
from typing import Annotated, Literal

from django.urls import reverse
from django.utils import timezone
from ninja import NinjaAPI, Query, Schema
from ninja.errors import ValidationError
from pydantic import Field, create_model

from inspections.models import Draw, Plan
from inspections.states import PlanState
from registries.models import ItemList

from . import exports
from .models import Disclosure, Release
from .reading import ORDERS, changes, find, is_mark, narrowed, share_of, standing, stands
from .window import address, public


class Interface(NinjaAPI):
    """Refusals are RFC 9457's own kind of answer, and the description says so."""

    def get_openapi_schema(self, **options):
        described = super().get_openapi_schema(**options)
        for operation in (each for path in described["paths"].values() for each in path.values()):
            for code, answer in operation["responses"].items():
                if int(code) >= 400 and "application/json" in answer.get("content", {}):
                    answer["content"]["application/problem+json"] = answer["content"].pop("application/json")
        return described


api = Interface(
    title="双随机、一公开 数据接口",
    version="1",
    docs_url=None,
    urls_namespace="api-1",
    description="只读，不需要登录和密钥。数据可自由使用，注明来源和日期即可。时间为东八区。",
)
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


class Results(Schema):
    items: list[Result]
    after: str = Field(title="下一页的记号，空为没有了")
    is_near: bool = Field(title="没有恰好符合的，这些是名称相近的")


class DrawRow(Schema):
    number: str = Field(title="抽取编号")
    task: str = Field(title="任务")
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


_NO_MARK = "参数 after 不是上一页给出的记号（排列不同的记号不能通用）"
_REFUSED = {404: Problem, 410: Problem, 422: Problem}


def _problem(request, status, title, detail=""):
    response = api.create_response(
        request, {"type": "about:blank", "title": title, "status": status, "detail": detail}, status=status
    )
    response["Content-Type"] = "application/problem+json"
    return response


@api.exception_handler(ValidationError)
def invalid(request, error):
    places = "；".join(f"参数 {each['loc'][-1]} 写得不对，请看接口说明" for each in error.errors)
    return _problem(request, 422, "参数不合规", places)


@api.get("/results", response={200: Results, 404: Problem, 422: Problem}, summary="抽查结果")
def results(request, asked: Query[Asked]):
    if asked.after and not is_mark(asked.after, asked.order):
        return _problem(request, 404, "没有这一页", _NO_MARK)
    given = {name: str(value) for name, value in asked.dict().items() if value}
    found = find(
        narrowed(standing(request.whose.pk, "result").select_related("disclosure__supersedes"), given),
        asked.q,
        asked.order,
        asked.after,
    )
    return {
        "items": [exports.row(each, address(request)) for each in found.rows],
        "after": found.after,
        "is_near": found.is_near,
    }


@api.get("/results/{token}", response={200: Result, **_REFUSED}, summary="一条抽查结果")
def result(request, token: Annotated[str, Field(max_length=40)]):
    found = (
        Disclosure.objects.filter(token=token, kind="result", bureau=request.whose.pk)
        .select_related("ending", "listing")
        .first()
    )
    if found is None:
        return _problem(request, 404, "没有这条公示")
    if not stands(found)[0] or not hasattr(found, "listing"):
        is_corrected = Disclosure.objects.filter(supersedes=found).exists()
        words = "已更正" if is_corrected else "已终止"
        return _problem(
            request, 410, f"这条公示{words}", f"原因和日期见 {reverse('public:result', args=[token])}"
        )
    return exports.row(found.listing, address(request))


@api.get("/draws", response={200: Draws, 404: Problem, 422: Problem}, summary="抽取公告")
def draws(request, after: Cursor = ""):
    rows = Draw.objects.filter(bureau=request.whose.pk).select_related("task").order_by("-pk")
    if after:
        if not after.isdecimal() or len(after) >= 18:
            return _problem(request, 404, "没有这一页", _NO_MARK)
        rows = rows.filter(pk__lt=int(after))
    rows = list(rows[:51])
    released = {each.draw_id: each for each in Release.objects.filter(draw__in=rows)}
    shown = rows[:50]
    return {
        "items": [_draw(each, released.get(each.pk)) for each in shown],
        "after": str(shown[-1].pk) if len(rows) > 50 else "",
    }


@api.get("/draws/{number}", response={200: DrawRow, **_REFUSED}, summary="一次抽取")
def draw(request, number: Annotated[str, Field(max_length=40)]):
    found = Draw.objects.select_related("task").filter(number=number, bureau=request.whose.pk).first()
    if found is None:
        return _problem(request, 404, "没有这次抽取")
    return _draw(found, Release.objects.filter(draw=found).first())


@api.get("/items", response=list[ItemRow], summary="随机抽查事项清单")
def items(request):
    lists = ItemList.objects.effective(timezone.localdate()).filter(bureau=request.whose.pk)
    lists = lists.prefetch_related("items")
    return [
        {name: getattr(each, name) for name in ("code", "name", "basis", "content", "method", "frequency")}
        | {"kind": each.get_kind_display(), "list_version": one.version}
        for one in lists
        for each in one.items.all()
    ]


@api.get("/plans", response=list[PlanRow], summary="年度检查计划")
def plans(request):
    return [
        {
            "bureau": each.bureau.name,
            "year": each.year,
            "title": each.title,
            "rounds": each.rounds,
            "random_share": each.random_share,
            "published_at": timezone.localtime(each.published_at).isoformat(timespec="seconds"),
            "share": _share(share_of(each)),
        }
        for each in Plan.objects.filter(status=PlanState.PUBLISHED, bureau=request.whose.pk).select_related(
            "bureau"
        )
    ]


@api.get("/changes", response=list[Change], summary="最近变动")
def changed(request):
    return [
        {
            "at": timezone.localtime(at).isoformat(timespec="seconds"),
            "what": what,
            "id": each.token,
            "kind": each.kind,
            "reason": reason,
        }
        for at, what, each, _, reason in changes(request.whose.pk, 200)
    ]


def _share(year):
    if year is None:
        return None
    names = ("by_visits", "by_firms", "random_visits", "visits", "random_firms", "firms")
    return {name: getattr(year.done, name) for name in names} | {"definition": year.definition}


def _draw(each, released):
    names = {
        "commit.json": "commit_id",
        "result.json": "result_id",
        "changes.json": "changes_id",
        "openings.json": "openings_id",
        "record.pdf": "record_id",
    }
    return {
        "number": each.number,
        "task": each.task.title,
        "status": each.get_status_display(),
        "commitment": each.commitment,
        "prev": each.prev,
        "result_digest": each.result_digest or "",
        "release_by": each.release_by,
        "sealed_at": timezone.localtime(each.sealed_at).isoformat(timespec="seconds"),
        "released_at": timezone.localtime(released.released_at).isoformat(timespec="seconds")
        if released
        else "",
        "files": [name for name, field in names.items() if released and getattr(released, field)]
        + (["names.json"] if released else []),
    }


def patterns():
    """The interface's addresses, each a public page like the others; a browser of
    another site may read them."""

    known = {"results": Asked.model_fields, "draws": ["after"]}
    found = api.urls[0]
    for each in found:
        each.callback = public(each.callback, asks=known.get(str(each.pattern), ()), is_data=True)
    return found, "public-api", "api-1"
