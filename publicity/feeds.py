"""RSS: the latest results and what changed, for whoever wants to be told."""

from django.contrib.syndication.views import Feed
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Rss201rev2Feed

from .changes import changes
from .reading import narrowed, page, standing
from .window import address

ASKED = ("town", "industry", "category", "result", "item", "draw", "ref")


class _Dated(Rss201rev2Feed):
    """A feed without an entry was made on no other second than one with one: it says the day."""

    def latest_post_date(self):
        return (
            super().latest_post_date()
            if self.items
            else timezone.localtime().replace(hour=0, minute=0, second=0)
        )


class _Feed(Feed):
    feed_type = _Dated
    language = "zh-cn"

    def get_feed(self, obj, request):
        self.base = address(request)
        return super().get_feed(obj, request)

    def get_object(self, request):
        """Whose feed, and what of it: of a town, an enterprise, a class …, as the pages are narrowed."""
        asked = {name: request.GET[name][:100] for name in ASKED if request.GET.get(name)}
        return request.whose.pk, asked

    def item_guid(self, item):
        return self.base + self.path(item)

    def item_link(self, item):
        return reverse("public:result", args=[self.token(item)])

    def path(self, item):
        return f"/results/{self.token(item)}/"


class Results(_Feed):
    title, description = "双随机抽查结果", "最近公示的抽查结果"

    def link(self):
        return reverse("public:results")

    def items(self, of):
        bureau, asked = of
        return page(narrowed(standing(bureau, "result"), asked).select_related("disclosure"), size=50).rows

    def item_title(self, item):
        return f"{item.name}：{item.result}"

    def item_description(self, item):
        said = item.disclosure.payload
        return f"{said.get('bureau', '')}　{said.get('task', '')}　检查日期 {item.on}"

    def token(self, item):
        return item.token

    def item_pubdate(self, item):
        return item.published_at


class Changes(_Feed):
    title, description = "公示变动", "公示、更正、撤回"

    def link(self):
        return reverse("public:changes")

    def items(self, of):
        return changes(of[0])

    def item_title(self, item):
        return f"{item[1]}：{item[3] or item[2].token}"

    def item_description(self, item):
        return item[4] or item[2].get_kind_display()

    def token(self, item):
        return item[2].token

    def item_guid(self, item):
        return f"{self.base}{self.path(item)}#{item[0]:%Y%m%d%H%M%S}"

    def item_pubdate(self, item):
        return item[0]
