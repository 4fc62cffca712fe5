"""What is approved of a return is fixed, of whatever kind; replies and layouts only grow."""

from django.db import migrations

from registries.triggers import follow, freeze, instead, refuse

_FIXED = ["bureau_id", "since", "until", "drafted_at"]
_ONCE = ["approved_by_id", "approved_at", "pdf_id", "word_id", "sent_on", "sent_by_id"]
_ONCE_TEXT = ["sent_to", "receipt"]
_AFTER = ["title", "text", "drafted_by_id"]


def _freeze(fixed, after):
    return freeze(
        "publicity_yearreport",
        fixed=fixed,
        once=_ONCE,
        once_text=_ONCE_TEXT,
        after=("OLD.status <> 'drafted'", after),
    )


class Migration(migrations.Migration):
    dependencies = [("publicity", "0011_returns")]

    operations = [
        instead(_freeze(_FIXED, _AFTER), _freeze([*_FIXED, "kind"], [*_AFTER, "numbers", "note"])),
        instead(
            follow("publicity_yearreport", "drafted>approved approved>sent"),
            follow("publicity_yearreport", "drafted>approved drafted>dropped approved>sent"),
        ),
        refuse("publicity_reply", "UPDATE", "DELETE"),
        refuse("publicity_returnlayout", "UPDATE", "DELETE"),
    ]
