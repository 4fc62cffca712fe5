"""The window itself: what every public page shares. No sign-in, no cookie, kept for a
minute, packed, and named."""

from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import get_script_prefix
from django.utils.cache import patch_cache_control
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import conditional_page, require_safe

from .whose import place

# 政府网站发展指引（国办发〔2017〕47号）: what a column page says of itself.
COLUMNS = {
    "home": ("首页", "双随机抽查公示首页", "双随机,一公开,抽查,公示"),
    "items": ("抽查事项", "随机抽查事项清单、监管细则和检查标准", "抽查事项清单,监管细则,检查频次"),
    "plans": ("检查计划", "年度检查计划和抽取规则", "年度检查计划,双随机"),
    "group": ("领导小组", "双随机监管工作领导小组", "领导小组"),
    "draws": ("抽取公告", "每一次封存、摇号、抽取、变更和作废", "随机抽取,封存,摇号,指纹"),
    "results": ("抽查结果", "随机抽查和其他检查的结果", "抽查结果,检查结果"),
    "penalties": ("行政处罚", "安全生产行政处罚决定公示", "行政处罚,公示"),
    "listings": ("严重失信主体", "安全生产严重失信主体名单", "严重失信,名单"),
    "news": ("公告", "通知公告、宣传、监管细则、普遍性问题通报", "公告,宣传,通报"),
    "statistics": ("统计", "抽查覆盖面、结果和办理时效", "统计,覆盖率,公示率"),
    "changes": ("最近变动", "公示、更正、撤回的先后记录", "更正,撤回,变动"),
    "verify": ("自己核验", "任何人都可以重新计算一次抽取", "核验,公平,随机"),
    "data": ("数据开放", "数据下载、数据接口和历史版本", "开放数据,接口,下载"),
    "letters": ("意见和举报", "异议、更正申请、企业陈述、举报投诉", "举报,投诉,异议,更正"),
}


def open_data(view):
    """Data that a page of another site may read, and ask whether it may (CORS)."""

    @wraps(view)
    def shown(request, *args, **kwargs):
        if request.method == "OPTIONS":
            response = HttpResponse(status=204)
            response["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
            response["Access-Control-Max-Age"] = "86400"
        else:
            response = view(request, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        return response

    return shown


def public(view=None, *, seconds=60, asks=(), stays=False, is_data=False):
    """A page for anybody: GET and HEAD, an ETag, packed, kept `seconds` by browsers and by this server.

    `asks`: the questions it knows. Any other part of an address is dropped before the page is looked for, so
    that made-up questions reach no page of their own (config.middleware.PublicPages). `stays`: where there
    are several bureaus it is a page of the whole installation, all others belong to one (whose.py). Of
    `is_data` pages of other sites may read it.
    """
    if view is None:
        return lambda each: public(each, seconds=seconds, asks=asks, stays=stays, is_data=is_data)

    @wraps(view)
    def shown(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, public=True, max_age=seconds, stale_while_revalidate=seconds)
            response.is_public = True  # config.middleware.PublicPages keeps it
        return response

    page = require_safe(gzip_page(conditional_page(shown)))
    page = login_not_required(open_data(page) if is_data else page)
    page.asks, page.is_window, page.stays = tuple(asks), True, stays
    return page


def entrance(view=None, *, stays=False):
    """A page of the window that is not kept: what writes, and what is for one reader."""
    if view is None:
        return lambda each: entrance(each, stays=stays)
    view.is_window, view.stays = True, stays
    return view


def show(request, template, facts=None, *, column="home", status=200):
    """A public page of a column, with what its frame needs."""
    name, description, keywords = COLUMNS[column]
    frame = {
        "whose": request.whose,
        "domain": address(request).partition("://")[2].partition("/")[0],
        "here": get_script_prefix(),
        "column": column,
        "column_name": name,
        "column_description": description,
        "column_keywords": keywords,
    }
    return render(request, f"public/{template}.html", frame | (facts or {}), status=status)


def address(request):
    """Where this window stands, for permalinks in files; without a slash at the end."""
    return place(request.whose, request)
