"""提交、收回、退回 at the desk: three acts that every draft has."""

from ..services import handing
from .acts import Act, ReasonForm


def acts(writes, approves, require_whole=None):
    """The acts of a noun whose drafts are written by the right `writes` and judged by the right `approves`;
    `require_whole` raises what a draft still lacks."""
    return (
        Act(
            "hand_in",
            "提交批准",
            writes,
            lambda each, data, by: handing.hand_in(each, writes, by=by, require_whole=require_whole),
            when=lambda each: each.is_open,
            warning="提交后不能再改；需要改的先收回。",
            done="已提交，等待批准。",
        ),
        Act(
            "take_back",
            "收回",
            writes,
            lambda each, data, by: handing.take_back(each, writes, by=by),
            when=lambda each: each.is_handed_in,
            done="已收回，可以修改。",
        ),
        Act(
            "send_back",
            "退回",
            approves,
            lambda each, data, by: handing.send_back(each, approves, data["reason"], by=by),
            ReasonForm,
            when=lambda each: each.is_handed_in,
            done="已退回，原因显示在草稿上。",
        ),
    )
