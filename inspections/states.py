"""Which state may follow which. Plain tables; services/transitions.py is the only mover."""

PLAN = {
    "drafted": {"approved"},
    "approved": {"published", "drafted"},
    "published": {"replaced"},
    "replaced": set(),
}

TASK = {
    "drafted": {"approved"},
    "approved": {"drafted"},  # to be corrected, while nothing is sealed
}

# SJS1 §4, §8: until a hash is lodged a sealed draw may be voided; from then on it can only be completed.
DRAW = {
    "sealed": {"seeding", "voided"},
    "seeding": {"seeded"},
    "seeded": {"drawn", "infeasible"},
    "drawn": {"voided"},
    "infeasible": set(),
    "voided": set(),
}

CHANGE = {
    "requested": {"approved", "refused"},
    "approved": {"completed"},
    "refused": set(),
    "completed": set(),
}

CASE = {
    "opened": {"started", "not_done"},
    "started": {"ended", "not_done"},
    "ended": {"closed"},
    "closed": set(),
    "not_done": set(),
}

REPORT = {
    "drafted": {"submitted"},
    "submitted": {"approved", "returned"},
    "returned": set(),
    "approved": set(),
}

PROPOSAL = {
    "made": {"adopted", "dismissed"},
    "adopted": set(),
    "dismissed": set(),
}

SCHEME = {
    "drafted": {"approved", "returned"},
    "returned": set(),
    "approved": set(),
}

JOINT = {
    "proposed": {"agreed", "declined"},
    "agreed": set(),
    "declined": set(),
}

FINDING = {
    "noted": {"open", "closed"},
    "open": {"reported", "closed", "escalated"},
    "reported": {"open", "closed", "escalated"},
    "escalated": {"closed", "open"},
    "closed": set(),
}

PAPER = {
    "drafted": {"approved", "returned", "signed"},
    "approved": {"signed", "returned"},
    "returned": set(),
    "signed": {"voided"},
    "voided": set(),
}

FILING = {
    "received": {"taken", "held"},
    "held": {"taken"},
    "taken": set(),
}

PENALTY = {
    "proposed": {"opened", "refused"},
    "refused": set(),
    "opened": {"decided", "dropped"},
    "decided": {"closed", "revoked"},
    "revoked": {"closed"},
    "dropped": set(),
    "closed": {"revoked"},
}

TRANSFER = {
    "proposed": {"approved", "refused"},
    "refused": set(),
    "approved": {"sent"},
    "sent": {"received"},
    "received": {"answered"},
    "answered": set(),
}

RECUSAL = {
    "asked": {"upheld", "refused", "withdrawn"},
    "upheld": set(),
    "refused": set(),
    "withdrawn": set(),
}

TITLES = {
    "Plan": {"drafted": "起草", "approved": "已批准", "published": "已公布", "replaced": "已调整"},
    "Task": {"drafted": "起草", "approved": "已批准"},
    "Draw": {
        "sealed": "已封存",
        "seeding": "摇号中",
        "seeded": "等待执行",
        "drawn": "已抽取",
        "infeasible": "排不出检查组",
        "voided": "已作废",
    },
    "Change": {"requested": "待批准", "approved": "待开码", "refused": "不予批准", "completed": "已完成"},
    "Case": {
        "opened": "待检查",
        "started": "检查中",
        "ended": "待报告",
        "closed": "已办结",
        "not_done": "未实施",
    },
    "Report": {"drafted": "起草", "submitted": "待审核", "returned": "已退回", "approved": "已通过"},
    "Scheme": {"drafted": "待审批", "returned": "已退回", "approved": "已批准"},
    "JointVisit": {"proposed": "待决定", "agreed": "合并到场", "declined": "分别检查"},
    "RecusalRequest": {"asked": "待决定", "upheld": "同意回避", "refused": "不予回避", "withdrawn": "已撤回"},
    "Finding": {
        "noted": "现场填写",
        "open": "待整改",
        "reported": "已报告整改",
        "escalated": "已转处理",
        "closed": "已办结",
    },
    "Paper": {
        "drafted": "草稿",
        "approved": "已审批",
        "returned": "已退回",
        "signed": "已签发",
        "voided": "已作废",
    },
    "Filing": {"received": "已收到", "taken": "已办理", "held": "需处理"},
    "Penalty": {
        "proposed": "待审批",
        "opened": "已立案",
        "refused": "不予立案",
        "decided": "已决定",
        "dropped": "已撤案",
        "revoked": "决定已撤销",
        "closed": "已结案",
    },
    "Transfer": {
        "proposed": "待审批",
        "approved": "待移送",
        "refused": "不予移送",
        "sent": "已移送",
        "received": "已签收",
        "answered": "已办复",
    },
    "Proposal": {"made": "待处理", "adopted": "已采纳", "dismissed": "未采纳"},
}
TABLES = {
    "Plan": PLAN,
    "Task": TASK,
    "Draw": DRAW,
    "Change": CHANGE,
    "Case": CASE,
    "Report": REPORT,
    "Proposal": PROPOSAL,
    "Scheme": SCHEME,
    "JointVisit": JOINT,
    "RecusalRequest": RECUSAL,
    "Finding": FINDING,
    "Paper": PAPER,
    "Filing": FILING,
    "Penalty": PENALTY,
    "Transfer": TRANSFER,
}
