"""领导小组 at the desk."""

from django.contrib import admin

from ..models import LeadingGroup, LeadingMember
from ..services import groups
from .acts import Act
from .base import DeskAdmin


class MemberInline(admin.TabularInline):
    model = LeadingMember
    extra = 3
    can_delete = False

    def has_add_permission(self, request, obj=None):
        return obj is None or obj.published_on is None

    def has_change_permission(self, request, obj=None):
        return obj is None or obj.published_on is None


@admin.register(LeadingGroup)
class LeadingGroupAdmin(DeskAdmin):
    intro = "人员调整时新建一份并公布，前一份随即终止；已公布的不再修改。"
    list_display = ["title", "since", "until", "published_on"]
    inlines = [MemberInline]
    acts = (
        Act(
            "publish",
            "公布",
            "registries.publish_leadinggroup",
            lambda group, data, by: groups.publish(group, by=by),
            when=lambda group: not group.published_on,
            warning="公布后不能修改，只能另建一份。",
            done="已公布。",
        ),
    )

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or obj.published_on is None)
