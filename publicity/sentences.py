"""Refusals of this room in words."""

from inspections.sentences import SENTENCES as BELOW
from registries import sentences

SENTENCES = BELOW | {
    "report_not_approved": "“{subject}”的检查报告还没有审核通过，不能公示。",
    "already_published": "“{subject}”的检查结果已经公示。",
    "already_corrected": "这条公示已有更正；请对最新一条作更正。",
    "already_released": "抽取 {number} 的文件已经公开。",
    "visits_open": "抽取 {number} 还有企业没有检查完，最迟于 {day} 公开。",
}


def say(error):
    """DomainError in, one Chinese sentence out."""
    return sentences.say(error, SENTENCES)
