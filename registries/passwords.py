"""What a password may not be: a common one, the bureau's or one's own name, with a year or some digits after
it; one of the last few. Used by Django's password forms (settings.AUTH_PASSWORD_VALIDATORS)."""

import re
import secrets
from functools import lru_cache

from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from . import search

# What people put around a word to make it long enough, and what they put for a letter.
_AROUND = re.compile(r"[^a-z一-鿿]+")
_FOR_LETTERS = str.maketrans("013457@$!", "oleastasi")
_WORDS = {
    "admin",
    "administrator",
    "password",
    "passwd",
    "qwerty",
    "abc",
    "test",
    "root",
    "user",
    "anquan",
    "yingji",
    "jiancha",
}


class Steady(PBKDF2PasswordHasher):
    """As Django's; a stored hash is not made anew at a sign-in, when nobody acts: a row of an account that
    no act explains was changed by somebody (services/covers.py). The next password gets the strength of its
    day."""

    def must_update(self, encoded):
        return False


def on_paper(groups=3):
    """A word to be written down and read off again: sixty random bits in letters that are
    not taken for one another."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(groups))


def half_on_paper():
    """A half of a one-time password, forty random bits: nobody who has only one of the two signs in."""
    return on_paper(2)


@lru_cache(maxsize=1)
def _common():
    return CommonPasswordValidator().passwords


def _names(account):
    """Words that everybody in the bureau knows: its name and short name, the person's, spelled,
    by initials, as they are."""
    bureau = account.bureau
    told = [account.username, account.display_name, bureau.name, bureau.short_name, bureau.code]
    told += [*bureau.name.split("应急管理局"), *re.split(r"应急管理局|县|旗|市|区", bureau.name)]
    for each in filter(None, told):
        yield from (each.lower(), search.sound(each), search.initials(each))


class NoKnownWord:
    """Refuses a password that is a known word with digits and signs around it, or letters replaced."""

    def validate(self, password, user=None):
        plain = password.lower()
        inside = plain.strip("0123456789!@#$%^&*()-_=+.,;:?/ ")
        cores = {
            _AROUND.sub("", form)
            for form in (plain, plain.translate(_FOR_LETTERS), inside.translate(_FOR_LETTERS))
        }
        known = _WORDS | {
            _AROUND.sub("", each) for each in (_names(user) if getattr(user, "bureau_id", None) else ())
        }
        for core in cores:
            if len(core) < 3 or core in known or core in _common():
                raise ValidationError(
                    "这个密码太容易猜到：去掉数字和符号只剩常用的词、机关或本人的名字。"
                    "请用几个不相干的词，或随意的字母。",
                    code="password_known",
                )

    def get_help_text(self):
        return "去掉数字和符号，不能只剩常用的词、机关或本人的名字。"


class OfSeveralKinds:
    """等保's rule, off by default: so many of capital letters, small letters, digits and signs."""

    _KINDS = ("[A-Z]", "[a-z]", "[0-9]", r"[^A-Za-z0-9\s]")

    def __init__(self, least=0):
        self.least = int(least)

    def validate(self, password, user=None):
        if sum(bool(re.search(kind, password)) for kind in self._KINDS) < self.least:
            raise ValidationError(self.get_help_text(), code="password_kinds")

    def get_help_text(self):
        return f"大写字母、小写字母、数字、符号四种里至少要有 {self.least} 种。"


class NotUsedBefore:
    """Refuses the last few passwords of the account, the present one among them."""

    def __init__(self, last=5):
        self.last = int(last)

    def validate(self, password, user=None):
        if user is None or user.pk is None or not self.last:
            return
        kept = list(user.old_passwords.order_by("-pk").values_list("password", flat=True)[: self.last])
        if any(check_password(password, each) for each in kept):
            raise ValidationError(f"最近 {self.last} 次用过的密码不能再用。", code="password_used")

    def get_help_text(self):
        return f"不能与最近 {self.last} 次用过的相同。"
