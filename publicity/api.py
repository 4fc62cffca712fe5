"""数据接口 (read-only, no key): OpenAPI 3.1 at /api/v1/openapi.json. Rows are those of exports.py; a page goes on from a mark."""

from datetime import date
from typing import Annotated, Literal

from django.utils import timezone
from ninja import NinjaAPI, Query, Schema
from ninja.errors import ValidationError
from pydantic import Field, create_model

from inspections.models import Draw
from registries.models import ItemList

from . import exports
from .models import Disclosure, Release
from .reading import ORDERS, changes, find, narrowed, standing, stands
from .window import public


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
    title="双随机、一公开 数据接口", version="1", docs_url=None, urls_namespace="api-1",
    description="只读，不需要登录和密钥。数据可自由使用，注明来源和日期即可。时间为东八区。",
)  # fmt: skip
Result = create_model(
    "Result",
    __base__=Schema,
    **{name: (str, Field(title=title, description=about or title)) for name, title, _, about in exports.COLUMNS},
)
Text = Annotated[str, Field(max_length=100)]
Cursor = Annotated[str, Field(max_length=400, description="上一页给出的 after；空为第一页")]


class Asked(Schema):
    q: Text = ""
    town: Text = ""
    industry: Text = ""
    category: Text = ""
    result: Text = ""
    item: Text = ""
    draw: Text = ""
    ref: Text = ""
    since: date | None = None
    until: date | None = None
    order: Literal[tuple(ORDERS)] = "newest"
    after: Cursor = ""


class Results(Schema):
    items: list[Result]
    after: str = Field(title="下一页的记号，空为没有了")
    is_near: bool = Field(title="没有恰好符合的，这些是名称相近的")


class DrawRow(Schema):
    number: str = Field(title="抽取编号")
    task: str = Field(title="任务")
    status: str = Field(title="状态")
    commitment: str = Field(title="承诺值")
    prev: str = Field(title="前一次承诺值")
    result_digest: str = Field(title="结果摘要，未抽取为空")
    sealed_at: str = Field(title="封存时间")
    release_by: date | None = Field(title="最迟公开日期")
    released_at: str = Field(title="公开时间，未公开为空")
    files: list[str] = Field(title="公开的文件")


class Draws(Schema):
    items: list[DrawRow]
    after: str


class ItemRow(Schema):
    code: str
    name: str
    kind: str
    basis: str
    content: str
    method: str
    frequency: str
    list_version: int


class Change(Schema):
    at: str
    what: str
    id: str
    kind: str
    reason: str


class Problem(Schema):
    """RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""


_REFUSED = {404: Problem, 410: Problem, 422: Problem}


def _problem(request, status, title, detail=""):
    response = api.create_response(
        request, {"type": "about:blank", "title": title, "status": status, "detail": detail}, status=status
    )
    response["Content-Type"] = "application/problem+json"
    return response


@api.exception_handler(ValidationError)
def invalid(request, error):
    places = "；".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors)
    return _problem(request, 422, "参数不合规", places)


@api.get("/results", response={200: Results, 422: Problem}, summary="抽查结果")
def results(request, asked: Query[Asked]):
    given = {name: str(value) for name, value in asked.dict().items() if value}
    found = find(
        narrowed(standing("result").select_related("disclosure__supersedes"), given), asked.q, asked.order, asked.after
    )
    return {"items": [exports.row(each) for each in found.rows], "after": found.after, "is_near": found.is_near}


@api.get("/results/{token}", response={200: Result, **_REFUSED}, summary="一条抽查结果")
def result(request, token: Annotated[str, Field(max_length=40)]):
    found = Disclosure.objects.filter(token=token, kind="result").select_related("ending", "listing").first()
    if found is None:
        return _problem(request, 404, "没有这条公示")
    if not stands(found)[0] or not hasattr(found, "listing"):
        return _problem(request, 410, "这条公示已终止或已更正", "见网页 /results/<id>/ 的说明")
    return exports.row(found.listing)


@api.get("/draws", response={200: Draws, 422: Problem}, summary="抽取公告")
def draws(request, after: Cursor = ""):
    rows = Draw.objects.without_files().select_related("task").order_by("-pk")
    if after.isdecimal() and len(after) < 18:
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
    found = Draw.objects.without_files().select_related("task").filter(number=number).first()
    if found is None:
        return _problem(request, 404, "没有这次抽取")
    return _draw(found, Release.objects.filter(draw=found).first())


@api.get("/items", response=list[ItemRow], summary="随机抽查事项清单")
def items(request):
    lists = ItemList.objects.effective(timezone.localdate()).prefetch_related("items")
    return [
        {name: getattr(each, name) for name in ("code", "name", "basis", "content", "method", "frequency")}
        | {"kind": each.get_kind_display(), "list_version": one.version}
        for one in lists
        for each in one.items.all()
    ]


@api.get("/changes", response=list[Change], summary="最近变动")
def changed(request):
    return [
        {
            "at": timezone.localtime(at).isoformat(timespec="seconds"), "what": what, "id": each.token, "kind": each.kind,
            "reason": each.reason or (each.ending.reason if hasattr(each, "ending") else ""),
        }
        for at, what, each, _ in changes(200)
    ]  # fmt: skip


def _draw(each, released):
    names = {
        "commit.json": "commit_id",
        "result.json": "result_id",
        "changes.json": "changes_id",
        "openings.json": "openings_id",
        "record.pdf": "record_id",
    }
    return {
        "number": each.number, "task": each.task.title, "status": each.get_status_display(), "commitment": each.commitment,
        "prev": each.prev, "result_digest": each.result_digest or "", "release_by": each.release_by,
        "sealed_at": timezone.localtime(each.sealed_at).isoformat(timespec="seconds"),
        "released_at": timezone.localtime(released.released_at).isoformat(timespec="seconds") if released else "",
        "files": [name for name, field in names.items() if released and getattr(released, field)] + (["names.json"] if released else []),
    }  # fmt: skip


def patterns():
    """The interface's addresses, each a public page like the others; a browser of another site may read them."""

    def open_to_all(view):
        def shown(request, *args, **kwargs):
            response = view(request, *args, **kwargs)
            response["Access-Control-Allow-Origin"] = "*"
            return response

        return public(shown)

    found = api.urls[0]
    for each in found:
        each.callback = open_to_all(each.callback)
    return found, "public-api", "api-1"
