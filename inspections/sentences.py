"""Refusals of this room in words; what is not here is said by the registers' sentences."""

from registries import sentences

SENTENCES = {
    "plan_not_approved": "年度计划“{plan}”尚未批准；请先由负责人批准计划。",
    "task_without_strata": "任务没有抽取分层；请至少填一行监管分类和比例。",
    "task_without_items": "任务没有抽查事项；清单外的事项不得检查，请选择事项。",
    "core_above_team": "专业人员人数（{core}）多于每组人数（{team}）。",
    "items_not_effective": "清单“{title}”在 {day} 尚未公布或未施行，不能安排检查。",
    "items_of_other_list": "有事项不属于清单“{title}”；请在同一版清单中选择。",
    "task_not_approved": "任务“{task}”尚未批准，不能封存。",
    "task_already_drawn": "任务“{task}”已有抽取 {number}；一个任务只抽一次。确有错误，请申请作废，再接续抽取。",
    "preflight_failed": "有 {count} 户企业配不齐检查组，不能封存。例如：{example}。可以：补录有相应专业的人员、放宽“其余人员”的专业要求、"
    "请其他股室派员，或核对回避关系。",
    "pool_empty": "所选分类中没有可抽的企业；请先确认企业的监管分类。",
    "seed_at_past": "摇号时间 {at} 已过；请填将来的时间。",
    "release_before_window": "最迟公开日期不能早于检查期限 {day}。",
    "release_before_earlier": "抽取 {number} 的名单最迟 {day} 公开，本次的最迟公开日期不能早于它，否则会泄露那次的名单。",
    "sources_sealer": "封存人不能同时做掷骰的见证人。",
    "void_already_approved": "抽取 {number} 的作废已经批准；抽取完成后随即作废，不用再批。",
    "void_already_requested": "抽取 {number} 已有作废申请，等待监督人处理。",
    "draw_public": "抽取 {number} 已到公开日期（{day}），不能再变更。",
    "change_awaits_code": "“{subject}”的变更已批准，待监督人开启一次性码；请完成后再开始检查。",
    "result_contradicts": "检查表中有不符合项，检查结果不能选“{title}”。",
    "sources_missing": "至少要有一位见证人掷骰；每个来源要有各自的录入账户。",
    "sources_same_account": "每个摇号来源须由不同账户录入。",
    "tip_invalid": "码链顶端应为 64 位小写十六进制；请监督人用“一次性码”页面或命令行生成。",
    "not_your_source": "“{name}”由另一账户录入，您不能代填。",
    "too_early": "摇号尚未开始，公布的时间是 {at}。",
    "already_lodged": "“{name}”的数值已经提交，不能更改。",
    "dice_first": "须等各见证人的数值全部公开后，再录入“{name}”。",
    "dice_invalid": "骰子数值应为 10 位数字（十颗十面骰，逐颗读出，前面的 0 也要写）。",
    "lottery_invalid": "开奖号码应为 3 至 20 位数字。",
    "draw_not_open": "抽取 {number} 现在的状态是“{status}”，不能录入数值。",
    "void_not_requested": "还没有作废申请；请先由经办人说明原因提出申请。",
    "void_visits_begun": "已有企业开始检查，不能作废。",
    "draw_not_drawn": "抽取 {number} 还没有结果。",
    "change_pending": "第 {n} 次变更已批准、尚未开码；须先完成它。",
    "change_owed": "“{who}”对换入的企业须回避，必须先办理这一替换。",
    "out_not_in_draw": "“{out}”现在不在这次抽取的任务或检查组中。",
    "visit_begun": "“{subject}”已开始检查，不能再更换。",
    "code_wrong": "这不是第 {n} 个一次性码：逐次哈希后与封存的码链顶端不符。请核对是否拿错了一张。",
    "codes_used_up": "一次性码已用完，不能再变更。",
    "change_malformed": "不能变更：{detail}。",
    "not_your_case": "您不在这家企业的检查组中。",
    "lines_unanswered": "还有 {count} 行没有填写，例如“{example}”。每行都要选择；未检查的要写明原因。",
    "reason_missing": "“{line}”选了“{value}”，请写明情况或原因。",
    "sign_reason_missing": "没有签字的，要写明原因。",
    "record_missing": "请填写现场检查记录。",
    "report_incomplete": "报告还缺：{parts}。",
    "result_unknown": "检查结果代码“{code}”不在代码表中。",
    "leader_not_in_team": "组长只能在抽出的检查组内指定。",
}


def say(error):
    """DomainError in, one Chinese sentence out."""
    return sentences.say(error, SENTENCES)
