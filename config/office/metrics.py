"""/metrics for a monitor: requests (django-prometheus) and what the health page looks at,
as numbers. Behind a token."""

import os
import shutil

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily

from inspections.draw.models import Draw
from inspections.states import DrawState
from registries import workdays
from registries.services import clockwork, pulses

from ..redisbell import bell


@login_not_required
@never_cache
def show(request):
    """Nothing where no token is set; whoever has it gets the numbers."""
    if not settings.METRICS_TOKEN:
        raise Http404
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not constant_time_compare(given, settings.METRICS_TOKEN):
        raise PermissionDenied
    requests = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):  # gunicorn's processes count together
        requests = CollectorRegistry()
        multiprocess.MultiProcessCollector(requests)
    own = CollectorRegistry()
    own.register(_Parts())
    return HttpResponse(generate_latest(requests) + generate_latest(own), content_type=CONTENT_TYPE_LATEST)


class _Parts:
    """What stands still without anybody noticing."""

    def collect(self):
        try:
            yield from self._of_the_database()
        except (OperationalError, InterfaceError):
            yield _gauge("database_up", "数据库能否应答", 0)
        yield _gauge("redis_up", "Redis 能否应答；没有配置的算能", bell() != "down")
        usage = shutil.disk_usage(settings.VAR_DIR)
        yield _gauge("disk_free_ratio", "存档所在磁盘的剩余比例", usage.free / usage.total)

    def _of_the_database(self):
        waiting = Draw.objects.filter(status=DrawState.SEEDED)
        numbers = [
            _gauge("worker_age_seconds", "后台最近一次运行距今", _age("sweep")),
            _gauge("backup_age_seconds", "最近一次备份距今", _age("backup")),
            _gauge("backup_faults", "最近一次备份时缺损的存档文件", _fact("backup", "faults")),
            _gauge("anchor_age_seconds", "最近一次取走锚点距今", _age("anchor")),
            _gauge("draws_waiting", "等待执行的抽取", waiting.count()),
            _gauge("draws_failing", "执行未成的抽取", waiting.exclude(attempt_error="").count()),
            _gauge("clock_is_wrong", "服务器时间是否跳过", clockwork.jump() is not None),
            _gauge("calendar_known", "本年的放假安排是否录入", workdays.is_known(timezone.localdate())),
        ]
        yield from [*numbers, _gauge("database_up", "数据库能否应答", 1)]


def _gauge(name, told, value):
    return GaugeMetricFamily(f"mingqian_{name}", told, value=float(value))


def _age(name):
    seen = pulses.last(name)
    return (timezone.now() - seen.at).total_seconds() if seen else float("inf")


def _fact(name, fact):
    seen = pulses.last(name)
    return seen.facts.get(fact, 0) if seen else 0
