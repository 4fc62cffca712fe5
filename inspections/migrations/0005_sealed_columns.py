from django.db import migrations

from registries.triggers import freeze

_REPORT = ["time_text", "content", "record", "evaluation", "opinion", "result_code", "author_id", "submitted_at"]
_VISIT = ["started_at", "ended_at", "met", "record", "signed", "unsigned_reason", "witness", "recorder_number"]


class Migration(migrations.Migration):
    dependencies = [("inspections", "0004_draw_checks")]
    operations = [
        freeze(
            "inspections_draw",
            fixed=[
                "bureau_id", "task_id", "number", "commitment", "prev", "after", "commit_json", "sealed_json",
                "public_facts", "seed_at", "release_by", "redraw_max", "sealed_at", "sealed_by_id",
            ],
            once=["drawn_at", "void_approved_by_id", "voided_at"],
            once_text=["result_json", "result_digest", "openings_json"],
            after=("OLD.void_approved_by_id IS NOT NULL", ["void_reason", "void_note", "void_requested_by_id"]),
        ),
        freeze(
            "inspections_seedsource",
            fixed=["draw_id", "position", "name", "kind", "account_id"],
            once=["lodged_at", "opened_at", "entered_by_id"],
            once_text=["lodged_digest", "nonce", "value"],
            clears=["hidden_value"],
        ),
        freeze(
            "inspections_change",
            fixed=[
                "draw_id", "kind", "task_ref", "out_ref", "scope", "reason", "note", "requested_by_id", "requested_at",
            ],
            once=["n", "approved_by_id", "approved_at", "opened_by_id", "completed_at"],
            once_text=["nonce", "request_digest", "code", "in_ref"],
            after=("OLD.status = 'completed'", ["in_ref"]),
        ),
        freeze(
            "inspections_case",
            fixed=["token", "bureau_id", "draw_id", "task_id", "subject_id", "item_list_id", "checklist", "opened_at"],
            once=["ended_at", "report_due_on"],
            after=("OLD.ended_at IS NOT NULL", ["mode", "place_id", "written_record"]),
        ),
        freeze("inspections_assignment", fixed=["case_id", "inspector_id", "seat", "since"], once=["until"]),
        freeze("inspections_visit", fixed=["bureau_id"], after=("OLD.ended_at IS NOT NULL", _VISIT)),
        freeze(
            "inspections_report",
            fixed=["case_id", "revision"],
            once=["reviewed_by_id", "reviewed_at"],
            once_text=["review_note"],
            after=("OLD.status <> 'drafted'", _REPORT),
        ),
    ]
