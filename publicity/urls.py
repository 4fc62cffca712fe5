from datetime import date

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from . import feeds, letterbox, ownpage, subscribing
from .views import checking, data, doorstep, draws, log, pages, results
from .window import public


class DayConverter(StringConverter):
    """A day as 2026-11-22; one that is none is no address."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value):
        return date.fromisoformat(value)


register_converter(DayConverter, "day")
app_name = "public"

urlpatterns = [
    path("", pages.home, name="home"),
    path("items/", pages.items, name="items"),
    path("items/<path:code>/", pages.item, name="item"),
    path("plans/", pages.plans, name="plans"),
    path("group/", pages.group, name="group"),
    path("news/", pages.news, name="news"),
    path("news/<slug:kind>/", pages.news, name="news-kind"),
    path("statistics/", pages.statistics, name="statistics"),
    path("changes/", pages.changed, name="changes"),
    path("changes.rss", public(feeds.Changes(), is_data=True), name="changes-feed"),
    path("endings.csv", data.endings, name="endings"),
    path("anchor.json", draws.anchor, name="anchor"),
    path("draws/", draws.draws, name="draws"),
    path("draws/series.json", draws.series, name="series"),
    path("draws/<str:number>/", draws.draw, name="draw"),
    path("draws/<str:number>/<str:name>", draws.draw_file, name="draw-file"),
    path("results/", results.results, name="results"),
    path("search/", results.results, name="search"),
    path("results.rss", public(feeds.Results(), asks=feeds.ASKED, is_data=True), name="results-feed"),
    path("results.csv", results.download, {"kind": "result", "form": "csv"}, name="results-csv"),
    path("results.json", results.download, {"kind": "result", "form": "json"}, name="results-json"),
    path("results.xlsx", results.download, {"kind": "result", "form": "xlsx"}, name="results-xlsx"),
    path("penalties.xlsx", results.download, {"kind": "penalty", "form": "xlsx"}, name="penalties-xlsx"),
    path("penalties.csv", results.download, {"kind": "penalty", "form": "csv"}, name="penalties-csv"),
    path("penalties.json", results.download, {"kind": "penalty", "form": "json"}, name="penalties-json"),
    path("results.csv-metadata.json", data.csvw, name="csvw"),
    path("results/<str:token>/", results.result, name="result"),
    path("results/<str:token>.json", results.result_data, {"form": "json"}, name="result-json"),
    path("results/<str:token>.jsonld", results.result_data, {"form": "jsonld"}, name="result-jsonld"),
    path("penalties/", results.penalties, name="penalties"),
    path("discredits/", results.listings, name="listings"),
    path("enterprises/<str:ref>/", results.enterprise, name="enterprise"),
    path("embed/results/", results.embedded, name="embedded"),
    path("verify/", checking.verify, name="verify"),
    path("verify/protocol/", checking.protocol, name="protocol"),
    path("verify/words/", checking.glossary, name="words"),
    path("verify/officer/", doorstep.officer, name="officer"),
    path("verify/holders/", doorstep.holders, name="holders"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("verify/verify.py", checking.verify_program, name="verify-program"),
    path("log/", log.page, name="log"),
    path("log/witness/", log.witness, name="log-witness"),
    path("log/log.pyz", log.programs, name="log-programs"),
    path("log/<str:code>/<path:name>", log.file, name="log-file"),
    path("papers/", doorstep.find_paper, name="find-paper"),
    path("papers/<str:token>/", doorstep.paper, name="paper"),
    path("data/", data.data, name="data"),
    path("data/gsxt.csv", data.national, name="gsxt"),
    path("data/catalog.jsonld", data.catalog, name="catalog"),
    path("data/<day:day>/<str:name>", data.dump_file, name="dump-file"),
    path("letters/", letterbox.letters_page, name="letters"),
    path("letters/<slug:kind>/", letterbox.write, name="letter"),
    path("letters/<slug:kind>/<str:token>/", letterbox.write, name="letter-about"),
    path("mine/<str:token>/", ownpage.door, name="own-door"),
    path("mine/<str:token>/in/<str:key>/", ownpage.page, name="own-page"),
    path("mine/<str:token>/in/<str:key>/papers/<int:pk>.pdf", ownpage.paper, name="own-paper"),
    path("subscribe/", subscribing.subscribe, name="subscribe"),
    path("subscribe/<str:token>/", subscribing.subscription, name="subscription"),
    path("robots.txt", pages.robots, name="robots"),
    path("sitemap.xml", pages.sitemap, name="sitemap"),
]
