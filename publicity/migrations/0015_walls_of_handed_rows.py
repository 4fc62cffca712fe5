"""What was handed on stands as it left; its states take their ways; shapes and batches only grow."""

from django.db import migrations

from registries.triggers import follow, freeze, refuse


class Migration(migrations.Migration):
    dependencies = [("publicity", "0014_discredit")]

    operations = [
        freeze(
            "publicity_handedrow",
            fixed=["bureau_id", "receiver_id", "shape", "version", "thing", "number", "what", "mark", "body"],
        ),
        follow(
            "publicity_handedrow",
            "waiting>dropped waiting>faulty waiting>handed waiting>replaced waiting>sending "
            "faulty>dropped faulty>replaced faulty>waiting sending>accepted sending>handed "
            "sending>refused sending>sending sending>unsure sending>waiting handed>accepted "
            "handed>handed handed>refused handed>silent silent>accepted silent>handed silent>refused "
            "silent>waiting unsure>accepted unsure>refused unsure>waiting refused>dropped "
            "refused>replaced",
        ),
        refuse("publicity_handedrow", "DELETE"),
        refuse("publicity_shape", "UPDATE", "DELETE"),
        refuse("publicity_batch", "UPDATE", "DELETE"),
    ]
