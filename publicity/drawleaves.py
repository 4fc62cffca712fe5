"""A draw's leaves as its page shows and proves them."""

import json

from django.urls import reverse

from registries.models import Cosignature, LogEntry, LogHead

_TITLES = {
    "seal": "封存",
    "value": "数值",
    "result": "结果",
    "infeasible": "排不出",
    "void": "作废",
    "release": "公开",
}


def leaves_of(draw, sources):
    """{leaves, numbers, base, said, cosigned} of the draw's signed leaves; None where nothing is signed
    yet."""
    rows = LogEntry.objects.filter(log__bureau=draw.bureau_id, about=draw.number, kind__in=_TITLES)
    rows = list(rows.select_related("log__bureau").order_by("log", "n"))
    head = rows and LogHead.objects.filter(log=rows[0].log_id).order_by("-size").first()
    rows = [each for each in rows if head and each.log_id == head.log_id and each.n < head.size]
    if not rows:
        return None
    for each in rows:
        each.title = _TITLES[each.kind]
    base = reverse("public:log-file", args=[rows[0].log.bureau.code, "checkpoint"]).removesuffix(
        "/checkpoint"
    )
    said = {
        "commitment": draw.commitment,
        "values": [each.value for each in sources],
        "result": draw.result_digest,
    }
    return {
        "leaves": rows,
        "numbers": " ".join(str(each.n) for each in rows),
        "base": base if rows[0].log.number == 1 else f"{base}/{rows[0].log.number}",
        "said": json.dumps(said, ensure_ascii=False),
        "cosigned": _cosigned(draw, rows[0]),
    }


def _cosigned(draw, seal):
    """[(witness, when)] of those who had seen the sealing before the first throw."""
    rows = Cosignature.objects.filter(head__log=seal.log_id, head__size__gt=seal.n, at__lt=draw.seed_at)
    found = {}
    for each in rows.select_related("witness").order_by("at"):
        found.setdefault(each.witness.name, each.at)
    return list(found.items())
