"""公开日志, its form: the tree, its tiles, its signed notes, its leaves. Plain Python, no database. Who
writes into it stands in registries/services/leaves.py; docs/decisions/0060."""
