"""Refusals in words: what is wrong, where, and what to do."""

SENTENCES = {
    "log_still": "公开日志停着，现在什么也不能公开：{why}。请告诉系统管理员，由他用 log_resume 恢复。",
    "log_waits": "数据库刚启动过，后台正在把它和已经公开的日志核对，一般几秒。请稍后再办一次。",
    "log_not_begun": "公开日志还没有启用：升级没有做完。请告诉系统管理员运行 manage.py log_begin。",
    "log_note_wrong": "检查点不对：{why}。请照印出来的逐字录入。",
    "log_nothing_promised": "没有找到签出去的检查点：标记、文件和见证方都没有。"
    "请把最近印出来的检查点录入一个文件，用 --note 指明。",
    "log_forked": "前 {size} 条的树根与签出去的不同：数据库里的日志不是公开过的那一本。"
    "不能恢复，请保全现场，报告监督人。",
    "log_bytes_nowhere": "签出去的 {size} 条，本机文件和指明的地方都取不回。"
    "请向镜像、监看的人或者光盘要，用 --from 指明；确实哪里都没有的，用 --new 另起一本。",
    "log_says_otherwise": "公开日志里已经有 {number} 的{what}，与数据库里的不同：数据库比日志旧，或者被改过。"
    "请告诉监督人和系统管理员，不要再办这次抽取。",
    "copies_failed": "有补不回的，什么都没有改：{why}",
    "log_seals_lost": "日志里的封存 {numbers} 摇过号，数据库里没有。"
    "请监督人拿取走的封存件，用 --copies 指明；"
    "确实没有的，加 --give-up，它们就在日志里作废，摇过号的不能再补回。",
    "copy_lacks": "缺{what}。",
    "copy_late": "{number} 之后已经封存过别的抽取，不能再插回去；文件可以用来独立复算。",
    "log_not_lost": "没有丢：数据库里的不比签出去的少，或者条目还取得回；请先不加 --new 恢复。",
    "log_soon": "这一步还没有签进公开日志，一般十秒之内。请稍等再办；一直不行的，请系统管理员看“运行状况”。",
    "log_key_wrong": "公钥不对：{why}。请向见证方要完整的一行，当面或者打电话核对。",
    "log_witness_twice": "“{name}”的公钥已经登记，或者见证方已有二十家。",
    "log_witness_over": "“{name}”已经停用。",
    "log_quorum": "见证方一共 {most} 家，不能要求更多。",
    "log_uncosigned": "封存还没有被公开日志的见证方联署（须 {count} 方），先不要摇号。见证方够不着时，"
    "请在场的人在封存通知印的检查点下面签名，由监督人在他的首页记下，再摇。",
    "keys_used_up": "“{table}”的编号段用完了：这个机关搬过太多次，请联系维护单位。",
    "bureau_moved": "本机关已迁到 {to}，请在那里登录办理。这里只供审计查阅。",
    "move_under_way": "还有没办完的：{what}。请等后台办完（一般几分钟），再搬。",
    "move_not_whole": "核验发现 {count} 处问题，没有搬。第一处：{first}",
    "move_torn": "“{what}”的“{link}”指向别的机关的记录，不能单独搬走。请联系维护单位。",
    "move_broken": "这个包打不开：口令不对，或者文件被改动、不完整。没有搬进来。",
    "move_other_version": "这个包是另一个版本的程序做的。请把两边升级到同一版本，重新搬出。",
    "move_living": "“{name}”在这套系统里还没有搬出，不能再搬进来一个：一个机关只能有一处是活的。",
    "move_not_later": "这里留下的“{name}”不是包里这一个的前身（办理日志对不上），没有搬进来。",
    "move_taken": "有 {count} 项在这套系统里已被占用：{what}。用户名可以用 --rename 原名=新名 改；"
    "编号段被占的，说明两套系统都不是从区划代码的号段开始编号的，不能合在一起。",
    "move_faulty": "搬进来以后核验发现 {count} 处问题，已全部撤回。第一处：{first}",
    "list_not_above": "“{title}”不是上级机关公布的清单，不能沿用。",
    "list_unlike_above": "这一版写明沿用上级的清单，其中“{name}”{how}。沿用的事项要与上级公布的一字不差，"
    "请重新沿用一版；本机关的要求另加事项。",
    "loan_not_kin": "“{name}”与本机关不在同一个省市县的树上，不能借人。",
    "loan_backwards": "借调的日子要从今天以后，且“至”不早于“自”。",
    "loan_nobody": "还没有选借出的人。",
    "loan_not_fit": "{names}那几天不能去（请假、证件或者已经借出），请另选。",
    "level_unknown": "机关层级“{level}”不认识，只能是{known}。",
    "upper_not_above": "“{name}”是{level}，不能归在“{upper}”（{its}）下面：上级机关的层级要更高。",
    "lower_not_below": "下面的“{name}”是{its}，本机关不能改成{level}。请先改下级机关。",
    "signin_locked": "连续多次没有登录成功，为防有人猜密码，请 {minutes} 分钟后再试。"
    "您以前登录过的浏览器不受别处的影响；忘记密码请联系本机关系统管理员。",
    "code_wrong": "动态口令不对，或已经用过。请看手机上现在显示的六位数字（半分钟换一次）；"
    "手机时间不准的请先校准。",
    "factor_set": "这个账户已经启用了动态口令。要换手机，请先用恢复码登录，或请系统管理员重设。",
    "factor_owed": "您的角色必须使用动态口令，不能停用；要换手机，请系统管理员重设。",
    "account_over": "统一身份认证已通过，但您在本系统的账户已经停用或过了有效期。请联系本机关系统管理员。",
    "sso_unknown": "统一身份认证已通过，但那里的账号还没有对应到本系统的账户。"
    "请联系本机关系统管理员在账户上填写“统一身份账号”。",
    "sso_failed": "统一身份认证没有完成，请再试一次；不行的可以用本系统的用户名和密码登录。",
    "sso_away": "现在连不上统一身份认证。请稍后再试，或用本系统的用户名和密码登录。",
    "not_allowed": "您的账户没有“{act}”的权限；如需办理，请联系系统管理员授予相应角色。",
    "other_bureau": "这条记录属于另一机关，不能办理。",
    "stale": "“{what}”刚才已被别人办理，现在的状态是“{status}”。请刷新页面后再看。",
    "same_person": "同一人不能既经办又审批；请由另一位有权限的同事办理。",
    "import_not_previewed": "这次导入已经办理过（{status}），不能再次应用。请重新上传文件。",
    "import_stale": "预览之后名录有了改动，这份预览已不准确，没有写入。请重新上传同一文件再看差异。",
    "list_in_the_past": "施行日期 {day} 已过；请填今天或以后的日期，否则会改写以前的清单。",
    "file_too_large": "文件过大：{size} 兆，上限 {limit} 兆。请拆成几个文件。",
    "file_unreadable": "读不懂这个文件：{detail}。请确认是 xlsx、xls 或 csv 文件。",
    "file_has_password": "文件有密码，读不了。请在表格软件中去掉打开密码，另存后再传。",
    "file_too_many_sheets": "文件里的工作表超过 {limit} 个。请把要读的那一个另存为单独的文件再传。",
    "file_empty": "文件里没有数据行。",
    "encoding_unknown": "这个 csv 的文字编码认不准。请在“文字编码”中选读得通的一种再传：{candidates}",
    "file_has_macros": "文件带有宏，不接收。请在表格软件中另存为不带宏的 xlsx 后再传。",
    "import_not_applied": "这次导入的状态是“{status}”，没有可以撤销的内容。",
    "import_broken": "程序在这份文件上出了差错，已记录。请把文件交系统管理员查看。",
    "import_grown": "不能撤销：导入之后又改动过、或已封入抽取的有 {count} 户：{names}。"
    "可以“撤销没有封存的”，这些保留原样。",
    "no_name_column": "找不到“企业名称”一列。表头是：{headers}。请改表头，或在工作台“名录导入”"
    "中指定栏目对应。",
    "not_your_declaration": "回避申报只能由本人的账户办理。",
    "scope_unknown": "名录中没有企业属于“{words}”，请核对写法；可先问经办人名录中怎样写。",
    "relation_without_target": "请写明要回避哪家企业，或哪个集团、村镇、行业。",
    "relation_standing": "同一事由的这项回避关系已经登记，不用再报。",
    "relation_ended": "这项关系已于 {day} 终止。",
    "relation_ends_before": "终止日期不能早于开始日期 {day}。",
    "subject_unknown": "名录中没有“{words}”。请写企业全称、信用代码或其中一部分。",
    "subject_unclear": "有几家企业对得上，请写得更全，或改写括号里的编号：{names}",
    "list_before_last": "“{title}”已定于 {day} 起施行，这一版的施行日期不能在它之前。",
    "list_not_draft": "清单“{title}”已经公布或已提交，不能修改；已提交的先收回，已公布的新建下一版。",
    "list_empty": "清单里还没有事项，不能公布。",
    "sheet_unknown": "找不到“检查内容”一列，读不出检查表。第一行是：{headers}。"
    "请把那一列的表头改成“检查内容”再传。",
    "sheet_too_long": "一份检查表最多 {lines} 条，一个文件最多 {sheets} 份。请分开上传。",
    "item_code_taken": "编号 {code} 已在这份清单中，请另写一个。",
    "pdf_unavailable": "现在不能制作 PDF：{detail}。其他功能不受影响。",
    "line_without_basis": "事项“{name}”没有写抽查依据，检查内容第 {lines} 条也没有认定依据，不能公布。"
    "可用“补同一依据”一次补上。",
    "item_without_lines": "事项“{name}”没有检查内容，不能公布。",
    "category_missing": "请先选择要归入的监管分类。",
    "group_without_head": "“{title}”还没有组长，不能公布。请先填写成员。",
    "group_published": "“{title}”已经公布，不能再改；人员调整请新建一份。",
    "field_not_for_many": "“{field}”不能批量更正，请逐户修改。",
    "edit_waits": "“{title}”已经提出过，正等另一人准许；要改的先撤回。",
    "edit_moved": "“{name}”在提出以后又改动过，不能照原样办。请退回，由提出人看过再提。",
    "source_closed": "来源“{source}”已停用，没有收。要用的请先在来源上勾选“在用”。",
    "meaning_unknown": "“{ours}”不是本系统认得的写法，可写：{known}。",
    "record_of_another": "对方的记录“{key}”已经记在“{name}”名下，不能再记到另一家；请先撤销那一次来数，"
    "或不采用这一行。",
    "record_unclear": "这一行没有编号、文号和日期，说不清是哪一条记录，不能采用。请让对方补上，或不采用。",
    "delivery_with_second": "这次来数已交另一人确认，请先由对方退回，再改各行。",
    "reason_needed": "请写明原因。",
    "batch_undone": "这次批量更正已经撤销过。",
    "batch_grown": "不能撤销：之后又改动过、或已封入抽取的有 {count} 户：{names}。请逐户更正。",
    "merge_self": "不能把企业并入它自己；请选另一户。",
    "table_faulty": "没有写入。{faults}",
    "account_left": "“{name}”已经离任。",
    "line_empty": "{line} 的检查内容不能空着；不要的整条，请在事项里删去。",
    "sheet_wrong": "{month} 月 {count} 户：月份是 1 到 12，户数不能是负的。",
    "course_over": "“{title}”已经{how}，不能再改。",
    "course_ahead": "培训日期 {day} 还没有到，到了再登记到课。",
    "course_nobody": "没有选到课的人。没有办成的，请写明原因取消。",
    "course_outsider": "“{name}”不在本机关的人员名录里。",
    "town_unsaid": "“乡镇（街道）”这个角色要写明是哪个乡镇。",
    "username_taken": "用户名“{name}”已被使用，请换一个。",
    "roles_apart": "{roles}是三员，要由不同的人担任，不能给同一个账户。",
    "grant_backdated": "角色不能倒签：自 {day} 起已经过去，请填今天或者以后的日子。",
    "grant_ends_before": "终止的日子不能早于开始的日子 {day}。",
    "role_not_held": "这个账户现在没有“{role}”这个角色。",
    "identity_taken": "这个统一身份账号已经属于另一个账户。",
    "rule_waiting": "“{what}”已有一项改动等人确认；请先在“双人办理”里确认、退回或者撤回那一项。",
    "rule_moved": "这一行在提出以后又变了，不能照原来的改；请退回，重新提出。",
    "rule_unfit": "照这样改不合规定：{detail}",
    "calendar_line": "第 {number} 行“{line}”读不懂。每行写一天或一段，如“2027-01-01 至 2027-01-03 休 "
    "元旦”或“2027-01-10 班”，且都在这一年。",
    "code_known": "这个统一社会信用代码已在名录中，属于“{name}”（{ref}）。",
    "subject_not_ours": "“{subject}”不在本辖区，或辖区未定，不能列入检查。请先在企业页面“认定辖区”。",
    "name_gone": "“{name}”这个监管分类或股室已改名或不在表中，没有办理；请先把它加回来再试。",
    "columns_missing": "表里缺少这几栏：{columns}。请用“导出”得到的表头再填。",
    "subject_left": "“{name}”已在 {day} 出库。",
    "subject_listed": "“{name}”现在就在库中。",
    "key_missing": "加密密钥第 {version} 版不在环境变量 FIELD_KEYS 中，无法读出这项内容。",
    "urged_already": "“{what}”刚催办过，过几小时再催；也可以直接打电话。",
    "cipher_broken": "加密的内容（{field}）解不开：它在库中被改动，或用了别的密钥。",
}


def say(error, more=None):
    """DomainError in, one Chinese sentence out. `more` are the sentences of a room further up."""
    text = (more or {}).get(error.code) or SENTENCES.get(error.code) or f"不能办理（{error.code}）"
    return text.format_map(_Facts(error.facts))


class _Facts(dict):
    def __missing__(self, key):
        return "…"
