from django.db import migrations

from registries.triggers import require

_UNSEALED = "NOT EXISTS (SELECT 1 FROM inspections_draw WHERE task_id = {row}.task_id)"


class Migration(migrations.Migration):
    dependencies = [("inspections", "0019_sealed_with_its_names")]
    operations = [
        # A draw is of a task that stands approved, and what it was sealed with stays as it was.
        require(
            "inspections_draw", "of_approved", "INSERT",
            "(SELECT status FROM inspections_task WHERE id = NEW.task_id) = 'approved'", "draw: its task is not approved",
        ),
        require(
            "inspections_task", "keeps_approval", "UPDATE",
            "NEW.status = OLD.status OR NEW.status = 'approved' OR (NOT EXISTS (SELECT 1 FROM inspections_draw WHERE task_id = NEW.id)"
            " AND NOT EXISTS (SELECT 1 FROM inspections_case WHERE task_id = NEW.id))",
            "task: it is sealed or opened",
        ),
        *(
            require(
                "inspections_taskstratum", name, verb, " AND ".join(_UNSEALED.format(row=row) for row in rows),
                "append-only: the task is sealed",
            )
            for name, verb, rows in (("begins", "INSERT", ["NEW"]), ("stands", "UPDATE", ["OLD", "NEW"]), ("stays", "DELETE", ["OLD"]))
        ),
    ]
