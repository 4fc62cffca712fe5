"""What was asked for and decided of a loan stands."""

from django.db import migrations

from registries.triggers import follow, freeze, refuse

_WORDS = ["bureau_id", "skill", "number", "since", "until", "reason"]
_WAYS = "asked>granted asked>refused asked>withdrawn"


class Migration(migrations.Migration):
    dependencies = [("registries", "0061_loans")]

    operations = [
        follow("registries_loanrequest", _WAYS),
        follow("registries_lending", _WAYS),
        freeze("registries_loanrequest", fixed=[*_WORDS, "lender_code", "lender"], once_text=["answer"]),
        freeze("registries_lending", fixed=[*_WORDS, "request_id", "borrower"], once=["judged_at"]),
        refuse("registries_loanrequest", "DELETE"),
        refuse("registries_lending", "DELETE"),
    ]
