"""RSS: the latest results and what changed, for whoever wants to be told."""

from django.contrib.syndication.views import Feed
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Rss201rev2Feed

from .reading import changes, page, standing
from .window import address


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

    def item_guid(self, item):
        return self.base + self.item_link(item)


class Results(_Feed):
    title, description = "双随机抽查结果", "最近公示的抽查结果"

    def link(self):
        return reverse("public:results")

    def items(self):
        return page(standing("result").select_related("disclosure"), size=50).rows

    def item_title(self, item):
        return f"{item.name}：{item.result}"

    def item_description(self, item):
        said = item.disclosure.payload
        return f"{said.get('bureau', '')}　{said.get('task', '')}　检查日期 {item.on}"

    def item_link(self, item):
        return reverse("public:result", args=[item.token])

    def item_pubdate(self, item):
        return item.published_at


class Changes(_Feed):
    title, description = "公示变动", "公示、更正、撤回"

    def link(self):
        return reverse("public:changes")

    def items(self):
        return changes()

    def item_title(self, item):
        return f"{item[1]}：{item[3] or item[2].token}"

    def item_description(self, item):
        return item[4] or item[2].get_kind_display()

    def item_link(self, item):
        return reverse("public:result", args=[item[2].token])

    def item_guid(self, item):
        return f"{self.base}{self.item_link(item)}#{item[0]:%Y%m%d%H%M%S}"

    def item_pubdate(self, item):
        return item[0]
