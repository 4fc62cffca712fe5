"""The app of plans, draws, papers, visits and what follows: one app, a room for
each stage of the procedure."""

from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    name = "inspections"
    verbose_name = "二、计划、抽取与检查"
