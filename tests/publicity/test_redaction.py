"""Checked words: what free text may not say, may say with a reason, and may say freely."""

import time

import pytest

from publicity import redaction
from publicity.services import publications
from registries.models import Subject

from ..staircase import publish, refused_with
from ..walls import behind_the_walls
from .wording import news

pytestmark = pytest.mark.django_db
ID = "110101199003074477"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("请联系13800138000报名", "电话"),
        ("１３８００１３８０００", "电话"),
        ("+8613800138000", "电话"),
        ("138-0013-8000", "电话"),
        ("138.0013.8000", "电话"),
        ("1380013\u200b8000", "电话"),
        ("(0471)1234567", "电话"),
        ("04711234567", "电话"),
        ("蒙 A12345", "车牌"),
        ("三号楼二单元", "住址"),
        ("电话 0477-7581234", "电话"),
        ("邮箱 a.b@example.com", "电子邮箱"),
        ("车牌蒙K12345的车辆", "车牌"),
        ("住在3号楼2单元501室", "住址"),
        ("王建国同志反映", "姓名"),
        ("本文件为内部资料", "国家秘密"),
        ("泄露了产品配方", "商业秘密"),
        ("炸药库的储存量", "危险物品"),
        ("据举报人反映", "举报来源"),
        ("其家庭住址不详", "个人状况"),
    ],
)
def test_free_text_is_checked_and_kept_only_with_a_reason(cast, text, kind):
    with refused_with("text_sensitive"):
        news(cast, text)
    made = news(cast, text, said="公开的值班电话等，依法可以公开")
    assert kind in {each["kind"] for each in made.hits}
    pieces = redaction.marked(text, [each for each in made.hits if each["field"] == "text"])
    assert "".join(piece for piece, _ in pieces) == text and any(each for _, each in pieces)


@pytest.mark.parametrize(
    "text",
    [
        f"身份证 {ID}",
        f"（{ID}）",
        "账号 6222021234567890123",
        "110101 19900307 4477",
        "１１０１０１１９９００３０７４４７７",
        f"ID{ID}",
        "110101900307447",
        "6222 0211 1111 1111 111",
        "6222-0211-1111-1111",
    ],
)
def test_some_things_are_never_published(cast, text):
    with refused_with("text_forbidden"):
        news(cast, text, said="有理由")


@pytest.mark.parametrize(
    "text",
    [
        "罚款人民币10000元",
        "检查37家企业，发现问题112项",
        "2026年11月22日至12月31日",
        "（青）应急罚〔2026〕1号",
        "高度重视，何时整改",
        "GB 50016-2014 第3.2.1条",
    ],
)
def test_what_is_harmless_is_not_marked(cast, text):
    assert redaction.check({"text": text}) == []


def test_a_long_text_is_checked_quickly():
    for text in ("1" * 20000, "a" * 20000, "王建国" * 5000, "3 号楼" * 4000):
        begun = time.monotonic()
        redaction.check({"text": text})
        assert time.monotonic() - begun < 2


def test_the_persons_of_a_case_are_known_by_name(penalty, cast):
    subject = penalty.case.subject
    Subject.objects.filter(pk=subject.pk).update(legal_representative="慕容惊鸿")
    with behind_the_walls():
        type(penalty).objects.filter(pk=penalty.pk).update(outcome="对慕容惊鸿罚款")
    penalty.refresh_from_db()
    with refused_with("text_sensitive"):
        publications.prepare_penalty(penalty, "general", by=cast.clerk)


def test_reasons_and_bases_are_checked_too(approved, cast):
    said = publish(approved, cast)
    Subject.objects.filter(pk=approved.case.subject_id).update(town="新镇")
    with refused_with("text_forbidden"):
        publications.prepare_correction(said, f"因{ID}", by=cast.clerk)
    with refused_with("text_sensitive"):
        publications.prepare_ending(
            said, "withdrawn", f"检查员{approved.author.display_name}有误", by=cast.clerk
        )
    publications.prepare_ending(
        said, "withdrawn", "值班电话13800138000更正", by=cast.clerk, said="公开的值班电话"
    )
