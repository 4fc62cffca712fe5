"""Is the installation alive, and are its walls standing? One short answer for
machines, one page for people."""

import shutil
import sys
from datetime import timedelta

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from inspections.draw.models import Draw
from inspections.states import DrawState
from registries import workdays
from registries.errors import is_disk_full
from registries.models import JournalEntry
from registries.services import clockwork, journal, pulses

from .. import replica
from ..redisbell import bell
from . import loghealth

LATE = timedelta(seconds=max(120, 4 * settings.SWEEP_EVERY))
FINE, WARNING, BROKEN = "正常", "注意", "故障"


def show(request):
    """200 while the database answers, 503 when it does not; nothing about what it holds.

    {database, redis: ok|down|none, worker: ok|late|never, waiting: number of draws that wait}. A bell or a
    worker that is away stops no page, so neither makes the answer a 503.
    """
    parts = _parts()
    return JsonResponse(parts, status=200 if parts["database"] == "ok" else 503)


def alarm(request):
    """For a monitor that rings for a person: 503 as soon as any part is not well.

    As above, with clock: ok|wrong, disk: ok|low, backup: ok|old|faulty and wrong: the names of
    the parts that are not well.
    """
    parts = _parts()
    if parts["database"] == "ok":
        parts["clock"] = "ok" if clockwork.jump() is None else "wrong"
        parts["disk"] = "ok" if _disk()[1] == FINE else "low"
        parts["backup"] = {FINE: "ok", WARNING: "old", BROKEN: "faulty"}[_backup()[1]]
    wrong = [
        part
        for part, state in parts.items()
        if state in ("down", "late", "never", "low", "old", "faulty", "wrong")
    ]
    return JsonResponse(parts | {"wrong": wrong}, status=503 if wrong else 200)


def _parts():
    try:
        seen = pulses.last("sweep")
        waiting = Draw.objects.filter(status=DrawState.SEEDED).count()
    except (OperationalError, InterfaceError):
        return {"database": "down"}
    worker = "never" if seen is None else "ok" if timezone.now() - seen.at < LATE else "late"
    return {"database": "ok", "redis": bell(), "worker": worker, "waiting": waiting}


def page(request):
    """运行状况, for the desk: each part with its state and what to do."""
    if not request.user.has_perm("registries.view_pulse"):
        raise PermissionDenied
    checks = [
        *_database(),
        _migrations(),
        _clock(),
        _address(),
        _bell(),
        _worker(),
        *_queues(),
        *_replica(),
        _waiting(),
        _calendar(),
        _anchor(),
        *loghealth.of(request.user.bureau, (FINE, WARNING, BROKEN)),
        _backup(),
        _drill(),
        _disk(),
    ]
    order = [BROKEN, WARNING, FINE]
    worst = min((state for _, state, _ in checks), key=order.index)
    context = admin.site.each_context(request) | {"title": "运行状况", "checks": checks, "worst": worst}
    context["may_drill"] = request.user.has_perm("registries.enter_calendar")
    context["may_confirm"] = clockwork.jump() and request.user.has_perm("registries.enter_calendar")
    return TemplateResponse(request, "admin/health.html", context)


@require_POST
def clock_is_right(request):
    """The officer has compared the server's time."""
    if not request.user.has_perm("registries.enter_calendar"):
        raise PermissionDenied
    clockwork.confirm(by=request.user)
    messages.success(request, "已记下：服务器时间无误。到期的公开照常办理。")
    return redirect("health-page")


@require_POST
def drilled(request):
    """Somebody has brought a backup back into an empty place today, and it was whole."""
    if not request.user.has_perm("registries.enter_calendar"):
        raise PermissionDenied
    journal.write("drill.held", by=request.user, about=request.user.bureau.about)
    pulses.beat("drill")
    messages.success(request, "已记下今天的恢复演练。")
    return redirect("health-page")


def error(request):
    """What is shown when a page fails: 507 where a disk is full, 503 and “try again” while the
    database is away, else 500."""
    wrong = sys.exc_info()[1]
    if wrong is not None and is_disk_full(wrong):
        response = render(request, "507.html", status=507)
        response["Retry-After"] = "600"
        return response
    if isinstance(wrong, (OperationalError, InterfaceError)):
        response = render(request, "503.html", status=503)
        response["Retry-After"] = "30"
        return response
    return render(request, "500.html", status=500)


def _database():
    if connection.vendor != "postgresql":
        yield (
            "数据库",
            WARNING,
            "嵌入式（SQLite）。没有单独的应用角色：拿到数据库文件的人可以改任何一行，只能由核验对照锚点发现。"
            "正式使用请部署 PostgreSQL。",
        )
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user), "
            "(SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user), "
            "(SELECT COUNT(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'O'), "
            "current_setting('fsync'), current_setting('synchronous_commit'), "
            "current_setting('full_page_writes')"
        )
        user, is_super, owned, sleeping, *durable = cursor.fetchone()
    if is_super or owned:
        yield (
            "数据库角色",
            BROKEN,
            f"应用以 {user} 登录，它是表的属主或管理员，能够拆掉防改的触发器。"
            f"请改用只有必要权限的角色（见 README“部署”）。",
        )
    else:
        yield "数据库角色", FINE, f"PostgreSQL，应用以 {user} 登录，不拥有任何表。"
    if sleeping:
        yield (
            "防改触发器",
            BROKEN,
            f"有 {sleeping} 个触发器被关闭。请立即查明是谁、为什么，并核验日志和全部抽取。",
        )
    else:
        yield "防改触发器", FINE, "全部有效。"
    if set(durable) != {"on"}:
        yield "落盘", BROKEN, "fsync、synchronous_commit 或 full_page_writes 被关闭：断电会丢失已答复的办理。"


def _migrations():
    executor = MigrationExecutor(connection)
    left = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if left:
        return "数据库结构", BROKEN, f"有 {len(left)} 项迁移没有执行。请以属主角色执行 migrate 和 grant。"
    return "数据库结构", FINE, "与程序一致。"


def _clock():
    now, found = f"{timezone.localtime():%Y-%m-%d %H:%M}", clockwork.jump()
    if found is None:
        return "服务器时间", FINE, f"{now}。"
    told = f"现在显示 {now}"
    if found["jumped"]:
        told += f"，忽然往前跳了 {_span(found['jumped'])}"
    if abs(found["apart"]) >= clockwork.APART:
        told += f"，与数据库服务器相差 {_span(abs(found['apart']))}"
    return (
        "服务器时间",
        BROKEN,
        f"{told}。到期的公开、公示期满和每夜的数据版本都已暂停，不会因为时间不对而提前公开。请对照手表："
        "不对的校准后自动恢复；确实对的（例如服务器长期关机后重开）由系统管理员在本页确认。",
    )


def _address():
    if settings.PUBLIC_URL:
        return "公示网址", FINE, f"{settings.PUBLIC_URL}。文书上印它的二维码。"
    return (
        "公示网址",
        WARNING,
        "没有设置 PUBLIC_URL：文书上没有二维码，企业不能扫码核对真假，夜里的数据版本里没有网址。"
        "请照 README“部署”设置。",
    )


def _span(seconds):
    return f"{seconds / 86400:.1f} 天" if seconds >= 86400 else f"{seconds / 60:.0f} 分钟"


def _bell():
    state = bell()
    if state == "none":
        return "Redis", FINE, "未配置：抽取在本进程内执行。"
    if state == "down":
        return (
            "Redis",
            WARNING,
            f"连不上。抽取不会丢失，由每 {settings.SWEEP_EVERY:.0f} 秒一次的清扫执行；请恢复 Redis。",
        )
    return "Redis", FINE, "可以连接。"


def _worker():
    seen = pulses.last("sweep")
    what = "后台进程（worker 和 beat）" if settings.REDIS_URL else "后台进程（run_due）"
    if seen is None:
        return what, BROKEN, "从未运行。抽取会停在“等待执行”，到期的公开也不会发生。请启动。"
    when = f"{timezone.localtime(seen.at):%Y-%m-%d %H:%M:%S}"
    if timezone.now() - seen.at > LATE:
        return what, BROKEN, f"最近一次运行在 {when}，已经停了。请重新启动。"
    return what, FINE, f"最近一次运行在 {when}。"


def _queues():
    """One line a queue: which machines work on it. Without Redis there is one process for all."""
    if not settings.REDIS_URL:
        return
    alive = pulses.of_workers(timezone.now() - _ALIVE)
    for queue, what in _WORK.items():
        machines = sorted({machine for machine, _ in alive.get(queue, [])})
        if machines:
            yield f"后台：{what}", FINE, f"{len(machines)} 台机器在办：{'、'.join(machines)}。"
        else:
            yield (
                f"后台：{what}",
                BROKEN if queue == "draws" else WARNING,
                f"{_ALIVE.seconds // 60} 分钟没有动静：没有进程在办 {queue} 这一列，或者前面排得太长。"
                "请看 worker 是否都已启动（celery -Q）。",
            )


def _replica():
    """The streaming replica, where there is one: how far it is behind."""
    if replica.ALIAS not in settings.DATABASES:
        return
    behind = replica.lag()
    if behind is None:
        yield "只读副本", WARNING, "连不上。公示页面暂由主库回答，什么也没有丢；请查副本。"
    elif behind > 30:
        told = "机关又有公开的办理而它还没有显示时，公示页面由主库回答；请查复制是不是断了。"
        yield "只读副本", WARNING, f"落后 {behind:.0f} 秒。{told}"
    else:
        yield "只读副本", FINE, f"公示页面由它回答，落后 {behind:.0f} 秒。"


_ALIVE = timedelta(minutes=5)
_WORK = {
    "draws": "抽取",
    "log": "签署公开日志",
    "people": "有人在等的",
    "bulk": "导入、交换、照片、装订",
    "night": "夜里的核验和数据版本",
}


def _waiting():
    waiting = Draw.objects.filter(status=DrawState.SEEDED).order_by("pk")
    failed = waiting.exclude(attempt_error="").first()
    if failed:
        return (
            "等待执行的抽取",
            BROKEN,
            f"{failed.number} 已执行 {failed.attempts} 次未成：{failed.attempt_error}",
        )
    if waiting.exists():
        return "等待执行的抽取", WARNING, f"{waiting.count()} 次，最早的是 {waiting.first().number}。"
    return "等待执行的抽取", FINE, "没有。"


def _calendar():
    today = timezone.localdate()
    ahead = today + timedelta(days=31)  # the longest limit that is counted in working days
    missing = sorted({day.year for day in (today, ahead) if not workdays.is_known(day)})
    if missing:
        told = (
            f"没有 {'、'.join(map(str, missing))} 年的放假调休安排，期限只按周一至周五暂算。"
            f"请在“工作日历”录入。"
        )
        return "工作日历", BROKEN if today.year in missing else WARNING, told
    return "工作日历", FINE, f"{today.year} 年已录入。"


def _anchor():
    taken = pulses.last("anchor")
    if taken is None:
        return "锚点", WARNING, "还没有导出过。请监督人定期在监督台“取走锚点”，存到本机以外。"
    since = JournalEntry.objects.filter(at__gt=taken.at).count()
    state = WARNING if timezone.now() - taken.at > timedelta(days=7) and since else FINE
    return (
        "锚点",
        state,
        f"最近一次导出在 {timezone.localtime(taken.at):%Y-%m-%d %H:%M}，此后日志新增 {since} 条。",
    )


def _backup():
    made = pulses.last("backup")
    if made is None:
        return "备份", WARNING, "还没有做过。请照 README“备份与恢复”让它每天自动做。"
    if made.facts.get("faults"):
        return (
            "备份",
            BROKEN,
            f"最近一次备份时存档文件缺损 {made.facts['faults']} 个。请执行 manage.py verify_files "
            f"查明，并从旧的备份取回。",
        )
    state = WARNING if timezone.now() - made.at > timedelta(days=2) else FINE
    return "备份", state, f"最近一次在 {timezone.localtime(made.at):%Y-%m-%d %H:%M}。"


def _drill():
    held = pulses.last("drill")
    if held is None:
        return (
            "恢复演练",
            WARNING,
            "还没有记过。每季度把最近的备份恢复到空的地方一次，照 README“备份与恢复”。",
        )
    state = WARNING if timezone.now() - held.at > timedelta(days=92) else FINE
    return "恢复演练", state, f"最近一次在 {timezone.localtime(held.at):%Y-%m-%d}，每季度一次。"


def _disk():
    usage = shutil.disk_usage(settings.VAR_DIR)
    free = usage.free / 2**30
    state = BROKEN if free < 1 else WARNING if usage.free < usage.total / 10 else FINE
    return "磁盘", state, f"存档所在磁盘剩余 {free:.1f} GB（{usage.free * 100 // usage.total}%）。"
