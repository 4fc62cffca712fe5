"""One kind of refusal: a code and its facts. The sentence is made where it is shown (sentences.py)."""

import errno


def is_disk_full(wrong):
    """Whether an exception says that a disk has no room: the files', PostgreSQL's (53100) or SQLite's."""
    cause = getattr(wrong, "__cause__", None)
    return (
        getattr(wrong, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
        or getattr(cause, "pgcode", "") == "53100"
        or "database or disk is full" in str(wrong)
    )


class DomainError(Exception):
    """An act that the rules do not allow. `code` names the rule, `facts` fill the sentence."""

    def __init__(self, code, /, **facts):
        super().__init__(code, facts)
        self.code = code
        self.facts = facts
