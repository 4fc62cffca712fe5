"""公开日志 on the health page: whether it goes on, who has cosigned it, what a witness says."""

from datetime import timedelta

from django.utils import timezone

from registries.models import LogSigner, LogWitness, PublicLog

_SLOW = timedelta(minutes=10)


def of(bureau, states):
    """(what, state, words) of the bureau's log. `states`: (FINE, WARNING, BROKEN)."""
    fine, warning, broken = states
    log = PublicLog.objects.filter(bureau=bureau, is_living=True).first()
    if log is None:
        yield "公开日志", fine, "还没有公开过任何事。"
        return
    if log.stopped_at:
        yield (
            "公开日志",
            broken,
            f"停着，什么也不能公开：{log.stopped_for}。不要删改任何文件；"
            "由系统管理员照 README“公开日志”一节恢复。",
        )
        return
    if log.begun_at is None:
        yield "公开日志", broken, "升级没有做完：请运行 manage.py log_begin。此前什么也不能公开。"
        return
    signer = LogSigner.objects.filter(log=log).first()
    head = log.heads.order_by("-size").first()
    yield _signed(log, signer, head, fine, warning, broken)
    yield from _witnesses(bureau, fine, warning, broken)


def _signed(log, signer, head, fine, warning, broken):
    if not log.origin or head is None:
        return (
            "公开日志",
            warning,
            "还没有签署：请在执行后台任务的机器上运行 manage.py log_key，并保存好密钥。",
        )
    if signer and signer.failed_at:
        return (
            "公开日志",
            broken,
            f"{timezone.localtime(signer.failed_at):%m月%d日 %H:%M} 没有签成：{signer.failed_for}",
        )
    if head.size < log.size and log.last_at < timezone.now() - _SLOW:
        return (
            "公开日志",
            broken,
            f"有 {log.size - head.size} 条没有签署：签署的后台没有运行，或者密钥不在那台机器上。",
        )
    return (
        "公开日志",
        fine,
        f"签署到第 {head.size} 条（{timezone.localtime(head.signed_at):%m月%d日 %H:%M}）。",
    )


def _witnesses(bureau, fine, warning, broken):
    rows = list(LogWitness.objects.filter(bureau=bureau, until=None))
    if not rows:
        yield (
            "日志见证方",
            warning,
            "还没有。日志只对保存过检查点的人有用。请司法局、上级机关或者报社来做。",
        )
    for each in rows:
        if each.is_alarm:
            yield f"日志见证方 {each.name}", broken, f"报警：{each.said}"
        elif each.answered_at is None or each.said:
            yield f"日志见证方 {each.name}", warning, each.said or "还没有联署过。"
        else:
            when = f"{timezone.localtime(each.answered_at):%m月%d日 %H:%M}"
            yield f"日志见证方 {each.name}", fine, f"联署到第 {each.seen} 条（{when}）。"
