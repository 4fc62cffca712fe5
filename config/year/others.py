"""报表以外的数: which other pages of numbers there are."""

# What a page of numbers is called, what it says, its address and the right that opens it.
REPORTS = [
    (
        "向下派任务",
        "交给下面各机关查什么；谁签收了，谁上报了。",
        "admin:inspections_directive_changelist",
        "inspections.view_directive",
    ),
    (
        "借人",
        "回避以后人不够、缺专业的，向省市县里别的机关借。",
        "admin:registries_loanrequest_changelist",
        "registries.view_loanrequest",
    ),
    (
        "外借",
        "别的机关来借人，由负责人决定。",
        "admin:registries_lending_changelist",
        "registries.view_lending",
    ),
    (
        "交办任务",
        "上级机关交办的：签收、落实、上报。",
        "admin:inspections_assigned_changelist",
        "inspections.view_assigned",
    ),
    (
        "下级机关",
        "下面各机关公布的计划、抽取和结果，合起来的数，红旗。",
        "below",
        "registries.watch_lowers",
    ),
    (
        "数据交换",
        "别的部门交来的、我们报出去的：每一条有没有下落，哪里断了。",
        "exchange",
        "registries.view_source",
    ),
    (
        "两库概况",
        "企业名录、检查人员名录按分类和状态的数目，缺什么。",
        "libraries-page",
        "registries.view_subject",
    ),
    (
        "年度计划执行",
        "占比、轮次、每户至少几次、到上限的企业；在计划页上看。",
        "plans",
        "inspections.view_plan",
    ),
    ("期限", "正在走的各项法定期限，最近的在前，超期的和是谁的。", "deadlines-page", "inspections.view_case"),
    (
        "年终总结、普遍性问题通报",
        "由办理情况起草，改好后公示或报送。",
        "admin:publicity_publication_changelist",
        "publicity.prepare_publication",
    ),
    (
        "移送",
        "移送别的部门、公安机关的，办理结果登记在这里。",
        "admin:inspections_transfer_changelist",
        "inspections.view_transfer",
    ),
    ("监督台", "红旗、各次抽取、锚点。", "oversight-page", "inspections.watch_draws"),
    ("统计自查", "全部抽取与公布的概率对照。", "statistics-page", "inspections.watch_draws"),
    (
        "办理日志",
        "谁在何时办了什么，逐条相连。",
        "admin:registries_journalentry_changelist",
        "registries.view_journalentry",
    ),
    (
        "双人办理",
        "账户、密码、角色、规则、名录的改动：谁提出，谁确认。",
        "admin:registries_consent_changelist",
        "registries.view_consent",
    ),
    ("运行状况", "备份、时钟、后台进程。", "health-page", "registries.view_pulse"),
]
# Of these, what is nothing to a bureau with none below, or none above.
DOWNWARDS = ("below", "admin:inspections_directive_changelist")
UPWARDS = ("admin:inspections_assigned_changelist",)
KIN = ("admin:registries_loanrequest_changelist", "admin:registries_lending_changelist")
