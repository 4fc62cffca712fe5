"""The ways of a row whose answer was lost."""

from django.db import migrations

from registries.triggers import follow, instead

_MOVES = (
    "waiting>dropped waiting>faulty waiting>handed waiting>replaced waiting>sending "
    "faulty>dropped faulty>replaced faulty>waiting sending>accepted sending>handed "
    "sending>refused sending>sending sending>unsure sending>waiting handed>accepted "
    "handed>handed handed>refused handed>silent silent>accepted silent>handed silent>refused "
    "silent>waiting unsure>accepted unsure>refused unsure>waiting refused>dropped "
    "refused>replaced"
)
_MORE = (
    "sending>again again>sending again>accepted again>unsure again>dropped silent>replaced silent>dropped "
    "unsure>replaced unsure>dropped"
)


class Migration(migrations.Migration):
    dependencies = [("publicity", "0016_lost_answers")]

    operations = [
        instead(
            follow("publicity_handedrow", _MOVES),
            follow("publicity_handedrow", f"{_MOVES} {_MORE}"),
        ),
    ]
