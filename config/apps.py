"""Two doors into Django's start: our checks, and our admin site in place of the stock one."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "配置"


class MingqianAdminConfig(AdminConfig):
    default_site = "registries.adminsite.DeskSite"
