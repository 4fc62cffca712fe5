"""国密: SM2, SM3 and SM4 give the answers of their standards; with the setting on, secrets stand under SM4
and files and journal carry an SM3, with it off everything is still read."""

import base64
import hashlib
import io
import subprocess

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.core.management import call_command
from django.db import connection

from inspections.watch import verification
from registries import cipher
from registries.errors import DomainError
from registries.models import JournalEntry, RecusalGround, Relation, StoredFile
from registries.services import journal, relations, storage

from ..walls import as_owner, behind_the_walls

pytestmark = pytest.mark.django_db
KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")


# -- known answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "digest"),
    [  # GB/T 32905-2016, A.1 and A.2
        ("abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        ("abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3(text, digest):
    assert hashlib.new("sm3", text.encode()).hexdigest() == digest


def test_sm4_one_block():
    """GB/T 32907-2016, A.1, and a thousand rounds there and back."""
    made = Cipher(algorithms.SM4(KEY), modes.ECB())  # noqa: S305  the standard's own example
    block = made.encryptor().update(KEY)
    assert block.hex() == "681edf34d206965e86b3e94f536e4246"
    there = KEY
    for _ in range(1000):
        there = made.encryptor().update(there)
    for _ in range(1000):
        there = made.decryptor().update(there)
    assert there == KEY


def test_sm4_gcm():
    """RFC 8998, A.1, through the very suite that seals our fields."""
    nonce = bytes.fromhex("00001234567800000000ABCD")
    bound_to = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    sealed = bytes.fromhex(
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
        "83DE3541E4C2B58177E065A9BF7B62EC"
    )
    suite = type(
        "Given", (cipher._Sm4,), {"of": staticmethod(lambda key: key)}
    )  # the key as the RFC gives it
    assert suite.seal(KEY, nonce, _rfc_plain(), bound_to) == sealed
    assert suite.open(KEY, nonce, sealed, bound_to) == _rfc_plain()


def _rfc_plain():
    return b"".join(bytes.fromhex(each) * 8 for each in ("AA", "BB", "CC", "DD", "EE", "FF", "EE", "AA"))


def test_sm2_a_signature_of_the_standard(tmp_path):
    """GB/T 32918.5-2017, A.2, asked of OpenSSL; one bit more and it is refused. Used nowhere yet."""
    x = "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    y = "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    r = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    s = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
    head = "3059301306072A8648CE3D020106082A811CCF5501822D034200"
    spki = base64.b64encode(bytes.fromhex(f"{head}04{x}{y}")).decode()
    (tmp_path / "key.pem").write_text(f"-----BEGIN PUBLIC KEY-----\n{spki}\n-----END PUBLIC KEY-----\n")
    (tmp_path / "signed").write_bytes(bytes.fromhex(f"3046022100{r}022100{s}"))
    asked = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-digest", "sm3"]
    asked += ["-sigfile", "signed", "-pkeyopt", "distid:1234567812345678", "-in", "text"]
    for text, code in (("message digest", 0), ("message digesT", 1)):
        (tmp_path / "text").write_text(text)
        said = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True)
        assert said.returncode == code, said.stderr


# -- the setting -------------------------------------------------------------------------------------


@pytest.fixture
def national(settings):
    settings.NATIONAL_CIPHERS = True
    return settings


def _relation(cast, inspectors, firm):
    ground = RecusalGround.objects.get(bureau=cast.legal.bureau, code="R05")
    return relations.record(
        inspectors[0], firm, ground, by=cast.legal, since="2026-01-01", relative="金丝雀亲属"
    )


def _stored(relation):
    with connection.cursor() as cursor:
        cursor.execute("SELECT relative FROM registries_relation WHERE id = %s", [relation.pk])
        return cursor.fetchone()[0]


def test_secrets_stand_under_sm4_and_both_are_read(cast, register, inspectors, settings):
    old = _relation(cast, inspectors, register[0])
    settings.NATIONAL_CIPHERS = True
    new = _relation(cast, inspectors, register[1])
    assert _stored(old).startswith("v1:") and _stored(new).startswith("s1:")
    for switched in (True, False):
        settings.NATIONAL_CIPHERS = switched
        assert {each.relative for each in Relation.objects.all()} == {"金丝雀亲属"}
    settings.NATIONAL_CIPHERS = True
    with as_owner():
        call_command("rotate_keys", verbosity=0, stdout=io.StringIO())
    assert _stored(old).startswith("s1:") and Relation.objects.get(pk=old.pk).relative == "金丝雀亲属"


def test_a_bent_or_moved_value_does_not_open(national):
    sealed = cipher.encrypt("秘密", "a.b")
    with pytest.raises(DomainError, match="cipher_broken"):
        cipher.decrypt(sealed, "a.c")
    raw = base64.b64decode(sealed[3:])
    for n in range(len(raw)):
        bent = base64.b64encode(raw[:n] + bytes([raw[n] ^ 1]) + raw[n + 1 :]).decode()
        with pytest.raises(DomainError, match="cipher_broken"):
            cipher.decrypt(f"s1:{bent}", "a.b")
    with pytest.raises(DomainError, match="key_missing"):
        cipher.decrypt("x1:" + sealed[3:], "a.b")
    data = cipher.encrypt_bytes(b"\x00" * 5000, "file")
    assert data.startswith(b"s1\n") and cipher.decrypt_bytes(data, "file") == b"\x00" * 5000


def test_files_and_journal_carry_an_sm3_and_are_checked_by_it(cast, bureau, national, monkeypatch):
    kept = storage.keep(b"a file", "text/plain")
    assert kept.sm3 == hashlib.new("sm3", b"a file").hexdigest() and storage.verify()[1] == []
    journal.write("subject.entered", by=cast.clerk, about="subject 1")
    journal.write("subject.left", by=cast.clerk, about="subject 1")
    last = JournalEntry.objects.filter(bureau=bureau).last()
    assert len(last.sm3) == 64 and journal.verify(bureau)[1] == []
    with behind_the_walls() as cursor:
        cursor.execute("UPDATE registries_journalentry SET sm3 = %s WHERE id = %s", ["0" * 64, last.pk])
        cursor.execute("UPDATE registries_storedfile SET sm3 = %s WHERE digest = %s", ["0" * 64, kept.digest])
    assert any("SM3" in each for each in journal.verify(bureau)[1])
    with pytest.raises(ValueError, match="has changed"):
        StoredFile.objects.get(pk=kept.pk).read()


def test_the_draw_stays_on_sha_256(national, cast, make_task, seal, register, inspectors):
    draw = seal(make_task())
    assert draw.commitment == hashlib.sha256(draw.commit_json.encode()).hexdigest()
    assert verification.verify(draw.pk) == []
