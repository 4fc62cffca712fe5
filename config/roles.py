"""Who may do what: role → acts. The only place where a right is given.

An act is "<app>.<verb>_<noun>", asked for by the service that does it; "view" acts open the admin's pages.
Nothing follows from Django's is_superuser. Roles are dated grants (registries.RoleGrant).
"""

_READ_REGISTERS = {
    "registries.view_subject", "registries.view_category", "registries.view_inspector", "registries.view_section",
    "registries.view_itemlist", "registries.view_item", "registries.view_checkline", "registries.view_importrun",
    "registries.view_calendaryear", "registries.view_legallimit", "registries.view_certificate",
    "registries.view_leave", "registries.view_subjectevent", "registries.view_categoryrule",
    "registries.view_legalarticle", "registries.view_skill", "registries.view_reason",
    "registries.view_calendarday", "registries.view_importline", "registries.view_subjectcode",
    "registries.view_place", "registries.view_licence", "registries.view_training",
    "registries.view_leadinggroup", "registries.view_leadingmember", "registries.view_tag", "registries.view_batchchange",
    "registries.view_subjectchange", "registries.view_inspectionkind", "registries.view_caprule", "registries.view_lotrule", "registries.export_subject", "registries.export_inspector",
}  # fmt: skip
_READ_WORK = {
    "inspections.view_plan", "inspections.view_plandays", "inspections.view_task", "inspections.view_draw", "inspections.view_change",
    "inspections.view_planline", "inspections.view_tasksubject", "inspections.view_scheme", "inspections.view_disc",
    "inspections.view_disccheck", "inspections.view_jointvisit", "inspections.view_minutes", "inspections.view_partnerdraw",
    "inspections.view_seedsource", "inspections.view_proposal", "inspections.view_taskstratum", "inspections.view_document",
    "publicity.view_disclosure", "publicity.view_release", "publicity.view_publication", "publicity.view_ending",
}  # fmt: skip
_READ_CASES = {
    "inspections.view_case", "inspections.view_report", "inspections.view_assignment", "inspections.view_visit",
    "inspections.view_finding", "inspections.view_verdict", "inspections.view_paper", "inspections.view_penalty",
    "inspections.view_transfer", "inspections.view_filing", "inspections.view_exhibit", "inspections.view_caseevent",
    "inspections.view_paperform",
}  # fmt: skip
# Who acts under which name and role is no secret inside the bureau: every document says it.
_DESK = {
    "registries.enter_admin", "registries.view_account", "registries.view_rolegrant", "registries.view_pulse",
}  # fmt: skip

ROLES = {
    "clerk": {
        "title": "经办人",
        "acts": _DESK | _READ_REGISTERS | _READ_WORK | _READ_CASES | {
            "registries.import_subject", "registries.classify_subject", "registries.add_subject", "registries.change_subject",
            "registries.add_leadinggroup", "registries.change_leadinggroup", "registries.add_leadingmember",
            "registries.change_leadingmember", "registries.add_subjectevent", "registries.verify_subjectevent", "registries.add_licence", "registries.change_licence", "registries.add_training", "registries.change_training", "registries.add_place", "registries.change_place", "registries.add_inspector", "registries.change_inspector",
            "registries.add_certificate", "registries.add_leave", "registries.change_leave",
            "registries.add_categoryrule", "registries.change_categoryrule", "registries.change_category",
            "registries.add_category", "registries.add_section", "registries.change_section", "registries.add_tag",
            "registries.add_itemlist", "registries.change_itemlist", "registries.add_item", "registries.change_item",
            "registries.add_checkline", "registries.change_checkline", "registries.delete_checkline",
            "registries.add_legalarticle", "registries.change_legalarticle", "registries.add_skill",
            "inspections.add_plan", "inspections.change_plan", "inspections.add_plandays", "inspections.change_plandays",
            "inspections.delete_plandays", "inspections.add_task", "inspections.change_task",
            "inspections.add_planline", "inspections.change_planline", "inspections.delete_planline",
            "inspections.add_tasksubject", "inspections.change_tasksubject", "inspections.delete_tasksubject",
            "inspections.change_scheme", "inspections.enter_recusal", "inspections.view_recusalrequest",
            "inspections.enter_disc", "inspections.take_sealed_tasks",
            "registries.add_caprule", "registries.change_caprule", "registries.delete_caprule",
            "inspections.add_taskstratum", "inspections.change_taskstratum", "inspections.delete_taskstratum",
            "inspections.seal_draw", "inspections.enter_value", "inspections.request_change",
            "inspections.request_void", "inspections.issue_document", "publicity.prepare_publication",
            "publicity.release_draw", "publicity.answer_letter", "publicity.view_letter",
        },
    },
    "head": {
        "title": "负责人",
        "acts": _DESK | _READ_REGISTERS | _READ_WORK | _READ_CASES | {
            "inspections.approve_plan", "inspections.approve_task", "inspections.approve_change",
            "inspections.approve_report", "registries.publish_itemlist", "inspections.issue_document",
            "inspections.view_recusalrequest", "inspections.watch_draws", "publicity.approve_publication", "publicity.view_letter",
            "registries.verify_subjectevent", "registries.remove_subject", "registries.remove_inspector", "registries.publish_leadinggroup", "registries.add_lotrule", "registries.change_lotrule", "registries.delete_lotrule",
        },
    },
    "supervisor": {
        "title": "监督人（纪检）",
        "acts": _DESK | _READ_REGISTERS | _READ_WORK | _READ_CASES | {
            "registries.view_relation", "registries.review_relation", "registries.view_declaration",
            "registries.view_journalentry", "inspections.take_sealed",
            "inspections.enter_value", "inspections.open_code", "inspections.approve_void",
            "inspections.view_recusalrequest", "inspections.enter_disc", "inspections.watch_draws",
            "inspections.issue_document", "publicity.view_letter", "publicity.answer_letter",
        },
    },
    "witness": {"title": "见证人", "acts": {"inspections.enter_value"}},
    "legal": {
        "title": "法制审核",
        "acts": _DESK | _READ_REGISTERS | _READ_WORK | _READ_CASES | {
            "registries.view_relation", "registries.add_relation", "registries.review_relation",
            "registries.view_declaration", "inspections.view_recusalrequest",
            "inspections.approve_report", "publicity.approve_publication",
        },
    },
    "auditor": {"title": "审计", "acts": _DESK | _READ_WORK | {
        "registries.view_journalentry", "registries.view_importrun", "registries.read_original", "inspections.watch_draws"}},
    "officer": {
        "title": "系统管理",
        "acts": _DESK | {
            "registries.view_account", "registries.add_account", "registries.change_account",
            "registries.view_rolegrant", "registries.add_rolegrant", "registries.change_rolegrant",
            "registries.view_section", "registries.view_bureau", "registries.change_bureau",
            "registries.view_calendaryear", "registries.view_calendarday", "registries.enter_calendar",
            "registries.view_inspectionkind", "registries.add_inspectionkind", "registries.change_inspectionkind",
            "registries.view_legallimit", "registries.add_legallimit", "registries.change_legallimit",
            "inspections.view_paperform", "inspections.add_paperform", "inspections.change_paperform",
        },
    },
    "inspector": {"title": "执法检查人员", "acts": {"inspections.work_case", "registries.declare_relation"}},
}  # fmt: skip
