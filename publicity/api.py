"""数据接口 (read-only, no key): OpenAPI 3.1 at /api/v1/openapi.json. Rows are those of exports.py; a
page goes on from a mark."""

from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import NinjaAPI, Query
from ninja.errors import ValidationError
from pydantic import Field

from inspections.draw import lineage
from inspections.models import Draw, Plan
from inspections.states import PlanState
from registries.models import ItemList

from . import exports, figures
from .changes import change_mark, changes
from .models import Disclosure, Ending, Release
from .reading import (
    PAGE,
    disclosures,
    find,
    is_mark,
    narrowed,
    standing,
    stands,
)
from .schemas import (
    Asked,
    Change,
    Cursor,
    DrawRow,
    Draws,
    ItemRow,
    Penalties,
    PlanRow,
    Problem,
    Result,
    Results,
    Size,
    Text,
    Texts,
)
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
    description="只读，不需要登录和密钥。数据可自由使用，注明来源和日期即可。时间为东八区。"
    "同一地址每分钟最多 120 次、同时 6 个，超过的答 429，"
    "头 Retry-After 说多久以后再来；要全部数据请取整份文件。",
)
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
        asked.size,
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
def draws(request, since: date | None = None, after: Cursor = "", size: Size = 50):
    rows = Draw.objects.filter(bureau=request.whose.pk).select_related("task").order_by("-pk")
    if after and not _is_mark(after):
        return _problem(request, 404, "没有这一页", _NO_MARK)
    rows = rows.filter(pk__lt=int(after)) if after else rows
    rows = list((rows.filter(sealed_at__date__gte=since) if since else rows)[: size + 1])
    released = {each.draw_id: each for each in Release.objects.filter(draw__in=rows)}
    shown = rows[:size]
    return {
        "items": [_draw(each, released.get(each.pk)) for each in shown],
        "after": str(shown[-1].pk) if rows[size:] else "",
    }


@api.get("/draws/{number}", response={200: DrawRow, **_REFUSED}, summary="一次抽取")
def draw(request, number: Annotated[str, Field(max_length=40)]):
    found = Draw.objects.select_related("task").filter(number=number, bureau=request.whose.pk).first()
    if found is None and any(each.number == number for each in lineage.lost(request.whose.pk)):
        where = f"数据库恢复时丢了，见 {reverse('public:draw', args=[number])}"
        return _problem(request, 410, "这次封存只在公开日志里", where)
    if found is None:
        return _problem(request, 404, "没有这次抽取")
    return _draw(found, Release.objects.filter(draw=found).first())


@api.get("/items", response=list[ItemRow], summary="随机抽查事项清单")
def items(request):
    lists = ItemList.objects.effective(timezone.localdate()).filter(bureau=request.whose.pk)
    lists = lists.prefetch_related("items")
    return [
        {name: getattr(each, name) for name in ("code", "name", "basis", "content", "method", "frequency")}
        | {"kind_code": each.kind, "kind": each.get_kind_display(), "list_version": one.version}
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
            "share": _share(figures.share_of(each)),
        }
        for each in Plan.objects.filter(status=PlanState.PUBLISHED, bureau=request.whose.pk).select_related(
            "bureau"
        )
    ]


@api.get(
    "/changes",
    response={200: list[Change], 404: Problem, 422: Problem},
    summary="最近变动",
    description='新的在前。还有更早的，应答头 Link 里给出下一页的网址（rel="next"，RFC 8288）。',
)
def changed(request, response: HttpResponse, since: date | None = None, after: Cursor = "", size: Size = 200):
    if after and change_mark(after) is None:
        return _problem(request, 404, "没有这一页", _NO_MARK)
    rows = changes(request.whose.pk, size + 1, after, since)
    if rows[size:]:
        asked = {"size": size, "after": rows[size - 1][-1]} | ({"since": since.isoformat()} if since else {})
        response["Link"] = f'<{address(request)}/api/v1/changes?{urlencode(asked)}>; rel="next"'
    return [
        {
            "at": timezone.localtime(at).isoformat(timespec="seconds"),
            "what_code": _WHAT[what],
            "what": what,
            "id": each.token,
            "kind": each.kind,
            "reason": reason,
        }
        for at, what, each, _, reason, _ in rows[:size]
    ]


_WHAT = {"公示": "published", "办理进展": "progress", "更正": "corrected"} | {
    title: code for code, title in Ending.KINDS
}


@api.get("/penalties", response={200: Penalties, 404: Problem, 422: Problem}, summary="公示期内的行政处罚")
def penalties(
    request,
    q: Text = "",
    ref: Text = "",
    since: date | None = None,
    until: date | None = None,
    after: Cursor = "",
    size: Size = PAGE,
):
    if after and not is_mark(after):
        return _problem(request, 404, "没有这一页", _NO_MARK)
    given = {"ref": ref, "since": since and since.isoformat(), "until": until and until.isoformat()}
    rows = narrowed(
        standing(request.whose.pk, "penalty").select_related("disclosure"),
        {k: v or "" for k, v in given.items()},
    )
    found = find(rows, q, "newest", after, size)
    return {"items": [_penalty(each, address(request)) for each in found.rows], "after": found.after}


@api.get("/news", response={200: Texts, 404: Problem, 422: Problem}, summary="公告")
def news(request, kind: Text = "", since: date | None = None, after: Cursor = "", size: Size = PAGE):
    rows = disclosures(request.whose.pk, "news")
    return _texts(request, rows.filter(payload__news=kind) if kind else rows, since, after, size)


@api.get("/statements", response={200: Texts, 404: Problem, 422: Problem}, summary="企业陈述（未经核实）")
def statements(request, since: date | None = None, after: Cursor = "", size: Size = PAGE):
    rows = disclosures(request.whose.pk, "statement")
    return _texts(request, rows, since, after, size, lambda each: stands(each)[0])


def _is_mark(after):
    """Whether it may be a row's own number, and small enough for the database."""
    return after.isdecimal() and len(after) < 18


def _texts(request, rows, since, after, size, is_shown=lambda each: True):
    if after and not _is_mark(after):
        return _problem(request, 404, "没有这一页", _NO_MARK)
    rows = rows.filter(pk__lt=int(after)) if after else rows
    rows = list((rows.filter(published_at__date__gte=since) if since else rows)[: size + 1])
    shown = [each for each in rows[:size] if is_shown(each)]
    return {
        "items": [_article(each, address(request)) for each in shown],
        "after": str(rows[size - 1].pk) if rows[size:] else "",
    }


def _article(each, base):
    said = each.payload
    return {
        "id": each.token,
        "url": f"{base}/results/{each.token}/",
        "kind_code": said.get("news", each.kind),
        "kind": said.get("news_title", each.get_kind_display()),
        "subject": said["subject"],
        "about": said.get("about", ""),
        "text": said.get("text", ""),
        "published_at": timezone.localtime(each.published_at).isoformat(timespec="seconds"),
        "digest": each.digest,
    }


def _penalty(listing, base):
    said = listing.disclosure.payload
    names = (
        "subject",
        "code",
        "ref",
        "decision_number",
        "cause",
        "outcome",
        "decided_on",
        "ends_on",
        "bureau",
    )
    return {name: said.get(name, "") for name in names} | {
        "id": listing.token,
        "url": f"{base}/results/{listing.token}/",
        "severity": said.get("class", ""),
        "published_at": timezone.localtime(listing.published_at).isoformat(timespec="seconds"),
        "digest": listing.disclosure.digest,
    }


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
        "status_code": each.status,
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

    paged = ["since", "after", "size"]
    known = {
        "results": Asked.model_fields,
        "draws": paged,
        "changes": paged,
        "penalties": ["q", "ref", "until", *paged],
        "news": ["kind", *paged],
        "statements": paged,
    }
    found = api.urls[0]
    for each in found:
        each.callback = public(each.callback, asks=known.get(str(each.pattern), ()), is_data=True)
    return found, "public-api", "api-1"
