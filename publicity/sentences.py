"""Refusals of this room in words."""

from inspections.sentences import SENTENCES as BELOW
from registries import sentences

SENTENCES = BELOW | {
    "discredit_off": "“{name}”现在不在严重失信主体名单上，不能公示。",
    "shape_unfit": "报送格式不能这样写：{detail}。",
    "handed_gone": "“{what}”已经没有可以报的公示，不用再报；请选“不再报”。",
    "batch_unknown": "没有 {number} 这一批。回执的文件名就是批号。",
    "line_unknown": "这一批里没有第 {lines} 行。请对照取走的文件再填。",
    "report_not_approved": "“{subject}”的检查报告还没有审核通过，不能公示。",
    "already_published": "“{subject}”的检查结果已经公示。",
    "already_corrected": "这条公示已有更正；请对最新一条办理。",
    "already_prepared": "“{title}”已有人拟办公示，请到“公示办理”中查看。",
    "already_ended": "“{title}”的公示已经终止，不能再办理。",
    "result_embargoed": "“{subject}”还没有检查完，结果不能公示。",
    "penalty_undecided": "这个案件还没有作出处罚决定，或决定已被撤销，不能公示。",
    "text_forbidden": "内容里有{found}，任何情况下都不能公示；请改掉后再办。",
    "text_sensitive": "内容里有需要核对的地方：{found}。请改掉，或在“保留敏感内容的理由”"
    "里写明为什么可以公开。",
    "term_moved": "拟办之后过了日子，公示期要从公示那天算起；请退回，重新拟办。",
    "subject_secret": "这家企业已改为依法不公开名称；请退回，重新拟办。",
    "period_backwards": "起止日期颠倒了，请重新填写。",
    "layout_wrong": "版式没有保存：{why}",
    "line_unfilled": "“{label}”没有填数：本系统数不出来的，请按另外掌握的填写；没有的填 0。",
    "sent_ahead": "报送日期 {day} 还没有到。",
    "text_unfinished": "内容里还有“（请补充）”“（请按实际补充）”这样的提示，请写完再提交。",
    "correction_same": "更正后的内容与原公示完全相同，没有可更正的。检查结果的内容取自名录和报告，"
    "请先改正那里。",
    "news_incomplete": "请选择种类，并写明标题和内容。",
    "statement_incomplete": "企业陈述须针对一条公示，并有内容。",
    "ending_incomplete": "请写明原因；信用修复还要写明依据的文书。",
    "repair_of_penalty": "信用修复只适用于行政处罚的公示。",
    "mail_away": "邮件现在发不出去，请过一会儿再试；急用的可以先用 RSS。",
    "letter_empty": "请写明内容。",
    "letter_long": "内容太长，最多 {most} 字；其余可作为附件提交。",
    "letter_about": "异议、更正和陈述须针对一条公示：请从那条公示的页面进入。",
    "letter_files": "附件最多 {most} 个。",
    "letter_file_size": "第 {number} 个附件太大，每个最多 {most} 兆；没有提交，请重新选好附件再交。",
    "letter_file_kind": "第 {number} 个附件不是照片（JPEG、PNG、WebP）或 PDF；没有提交，请重新选好附件再交。",
    "letter_answer": "请写明核查情况和答复。",
    "letter_of_others": "这封来信不由您办理：投诉检查工作的由监督人办理，针对检查结果的由报告编写人、"
    "审核人以外的人办理。",
    "too_many": "提交太频繁，请过一小时再试，或打电话联系本机关。",
    "take_back_own": "只有拟办人能收回，而且要在审核之前。",
    "asked_already": "这件事已经征求过意见，或这条拟公示已办结；没有企业可问的内容（公告、撤回等）"
    "不需要征求。",
    "limit_missing": "“法定期限”里没有现在施行的“{title}”，请先补上。",
    "asked_not": "还没有征求过意见，或已经登记过答复。",
    "asked_waits": "已征求企业意见，答复期到 {until}，还没有答复：到期或登记答复后再审核公示。",
    "asked_objects": "企业答复：{said}。仍要公示的，请在意见里写明理由（可能对公共利益造成重大影响等），"
    "并书面告知企业。",
    "already_released": "抽取 {number} 的文件已经公开。",
    "visits_open": "抽取 {number} 还有企业没有检查完，最迟于 {day} 公开。",
}


def say(error):
    """DomainError in, one Chinese sentence out."""
    return sentences.say(error, SENTENCES)
