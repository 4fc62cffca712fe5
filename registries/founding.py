"""A new database at once: what the squashed migrations are made of. Used by migrations."""

from django.db.migrations.operations.base import Operation

from .triggers import Wall


class Founded(Operation):
    """Many operations on an empty database as one: the state is what they make of it, step by step, and the
    tables are made from the state that comes out. Otherwise Django renders all models anew for each step,
    which takes most of a migration's time."""

    def __init__(self, steps):
        self.steps = steps

    def deconstruct(self):
        return type(self).__name__, [self.steps], {}

    def state_forwards(self, app_label, state):
        state.__dict__.pop("apps", None)  # rendered once, when the tables are made
        for step in self.steps:
            step.state_forwards(app_label, state)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        for model in self._models(app_label, to_state):
            schema_editor.create_model(model)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        for model in reversed(self._models(app_label, from_state)):
            schema_editor.delete_model(model)

    def _models(self, app_label, state):
        return [state.apps.get_model(app, name) for app, name in state.models if app == app_label]


def walls_of(modules):
    """Every wall that migrations raise, in their order."""
    return [each for module in modules for each in module.Migration.operations if isinstance(each, Wall)]
