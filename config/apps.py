"""Two doors into Django's start: the end of it, and our admin site in place of the stock one."""

import gc

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "配置"

    def ready(self):
        """All is loaded and stays: the collector goes on, and looks at what comes after."""
        gc.freeze()
        gc.enable()


class MingqianAdminConfig(AdminConfig):
    default_site = "config.office.site.OfficeSite"
