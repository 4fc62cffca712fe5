"""A copy of an item, with its lines, in another version of a list."""

from itertools import count

from ..models import CheckLine, Item


def free_code(taken):
    """The first code of ours that no item has."""
    return next(code for n in count(1) if (code := f"J{n:02d}") not in taken)


def copied(item, target, links=True):
    """`item` becomes a new row of the list `target`, with its lines; with its classes and articles, where
    they are the same bureau's. Returns it."""
    lines, categories, articles = (
        list(item.lines.all()),
        list(item.categories.all()),
        list(item.articles.all()),
    )
    item.pk, item.item_list = None, target
    item._state.adding = True
    item.save()
    made = Item.objects.get(pk=item.pk)
    if links:
        made.categories.set(categories)
        made.articles.set(articles)
    for line in lines:
        line.pk, line.item = None, made
        line._state.adding = True
    CheckLine.objects.bulk_create(lines)
    return made
