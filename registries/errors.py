"""One kind of refusal: a code and its facts. The sentence is made where it is shown (sentences.py)."""


class DomainError(Exception):
    """An act that the rules do not allow. `code` names the rule, `facts` fill the sentence."""

    def __init__(self, code, /, **facts):
        super().__init__(code, facts)
        self.code = code
        self.facts = facts
