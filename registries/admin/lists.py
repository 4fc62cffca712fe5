"""What every list of the desk shares: how far it is counted, and filters by the bureau's own rows."""

from django.contrib import admin
from django.core.paginator import Paginator
from django.utils.functional import cached_property

COUNTED = 5_000


class CappedPaginator(Paginator):
    """Counts as far as anybody turns pages; a province's register is not counted row by row for each page."""

    @cached_property
    def count(self):
        return self.object_list.order_by().values("pk")[:COUNTED].count()

    @property
    def told(self):
        """How many there are, in words."""
        return f"共 {self.count} 条" if self.count < COUNTED else f"{COUNTED} 条以上，请加条件"


class OwnRowsFilter(admin.RelatedFieldListFilter):
    """The bureau's own rows of the other table, without reading all of this one
    to see which of them occur."""

    def field_choices(self, field, request, model_admin):
        return field.get_choices(include_blank=False, limit_choices_to={"bureau": request.user.bureau_id})
