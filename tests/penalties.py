"""A penalty file carried through its gates, step by step, as the tests need it."""

from decimal import Decimal

from inspections.after import penalties
from inspections.visit import exhibits, uploads
from registries.models import Discretion

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
# What each step asks for, said once.
TOLD = {
    "penalty.investigated": {"signer": "赵某", "file": PDF},
    "penalty.told": {"number": "（青）应急罚告〔2026〕1号", "signer": "赵某", "file": PDF},
    "statement.waived": {"said": "当事人书面放弃"},
    "statement.made": {"said": "当事人书面申辩"},
    "statement.reviewed": {"said": "理由不成立，不予采纳"},
    "hearing.waived": {"said": "当事人书面放弃"},
    "hearing.asked": {"said": "当事人书面申请"},
    "hearing.set": {"said": "第二会议室"},
    "hearing.told": {"number": "（青）应急听通〔2026〕1号", "file": PDF},
    "hearing.held": {"file": PDF, "said": "事实清楚"},
    "penalty.reviewed": {"signer": "法制审核某", "file": PDF, "said": "同意"},
    "penalty.discussed": {"file": PDF, "said": "一致同意"},
    "penalty.decided": {
        "number": "（青）应急罚〔2026〕1号",
        "signer": "赵某",
        "file": PDF,
        "outcome": "罚款二万元",
    },
    "penalty.delivered": {"way": "直接送达", "receiver": "门卫", "file": PDF},
    "penalty.paid": {"number": "票据 1"},
    "penalty.deferred": {"number": "缓 1", "signer": "赵某", "file": PDF, "said": "经营困难"},
    "penalty.urged": {"number": "催 1", "file": PDF},
    "penalty.enforced": {"number": "强 1", "file": PDF, "said": "青原县人民法院"},
    "penalty.revoked": {"said": "复议撤销", "number": "复议决定 1 号"},
    "penalty.withdrawn": {"said": "已撤回并公告"},
    "penalty.closed": {"signer": "赵某", "file": PDF},
    "penalty.dropped": {"said": "证据不足", "signer": "赵某"},
    "penalty.filed": {"said": "已报"},
    "service.corrected": {"said": "日期写错"},
    "review.asked": {"said": "县政府受理"},
    "remedy.ended": {"said": "判决维持", "file": PDF},
    "court.asked": {"said": "县法院受理"},
}


def step(penalty, code, by, at=None, **more):
    """One step, with what it asks for; `more` in its place."""
    told = dict(TOLD.get(code, {}))
    if code in ("penalty.told", "penalty.decided"):
        told |= proposed(penalty)
    return penalties.note(penalty, code, by=by, at=at, **told | more)


def proposed(penalty, fine=20000):
    """A fine within the tier for hazards that were not removed."""
    tier = Discretion.objects.get(bureau=penalty.bureau, code="102-1")
    return {"kinds": ["fine"], "fine": Decimal(fine), "tier": tier, "tier_reason": "初次发现，主动配合"}


def evidence(case, by):
    """Something on file by which a fact can be proved."""
    return exhibits.keep(case, uploads.keep(case, PDF, by=by), "document", by=by, caption="进货单")


def decide(penalty, by, at=None, **more):
    """From the opening to the decision, the party having waived."""
    evidence(penalty.case, by)
    for code in ("penalty.investigated", "penalty.told", "statement.waived"):
        step(penalty, code, by, at)
    step(penalty, "penalty.decided", by, at, **more)
    penalty.refresh_from_db()
    return penalty
