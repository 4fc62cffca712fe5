"""python -m tests.trials [NAME …]: all trials, or those named; the table in docs/trials.md is written anew.

What was not run keeps its row, with the day and commit of its own last run. A trial that fails stands in the
table as failed, and the exit code is 1.
"""

import datetime
import re
import subprocess
import sys
import time
from pathlib import Path

from . import lanes_apart, planted, scan, upgrade, weights

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs/trials.md"
HEAD = """# 长试验

`make trials` 运行检验套件装不下的试验（`make trials ONLY="planted upgrade"` 只跑几项），
全部不超过 60 分钟，并把结果写进这张表。分钟数是两核机器上的用时。
以后各 issue 的长门槛都进这里，每个 issue 至多加五分钟（规模的 issue 十五分钟）；
门槛可以挪动，不可以丢掉。

| 试验 | 做什么 | 分钟 | 结果 | 日期 | 提交 |
|---|---|---|---|---|---|
"""
TRIALS = {
    "planted": ("一百一十二处预先埋下的差错，各由一条检验抓住", planted.run),
    "upgrade": (
        "上一个交付版本的演示数据升级，SQLite 和 PostgreSQL，各核验程序与升级前的锚点一致",
        upgrade.run,
    ),
    "shuffled": ("打乱次序，三个种子，层内和跨文件", lanes_apart.shuffled),
    "photos": ("十五张 1200 万像素照片，1.5 MB/s、每七片丢一片，新旧两种浏览器", lanes_apart.photos),
    "phones": (
        "五百部手机同时经 nginx 上报，各带一张 1200 万像素照片：没有 5xx，回执 p99 ≤ 20 秒，查看件十分钟内",
        lanes_apart.phones,
    ),
    "pairs": (
        "两部手机二百段随机的对一下、被杀、钟被拨动：答案一个不丢、一个不多，签名算数；一天十次检查六十张照片发出的"
        "字节 ≤ 存下的 1.1 倍；一亿像素照片缩小，内存 ≤ 600 MB；慢四倍的手机没有网络时一秒打开外勤页",
        lanes_apart.pairs,
    ),
    "register": (
        "一百万行名录（csv，大小上限放开），收、比对、写入各一个进程：不超过读、逐格校验加 COPY "
        "的两倍，多用内存 ≤ 450 MB",
        weights.register,
    ),
    "pool": ("封存二十万户的名录：用时随户数成比例，比空闲多用的内存 ≤ 300 MB", weights.pool),
    "million": (
        "一百万户、五千人、两万户任务的一次抽取和三个核验程序：verify.py 不超过抽取的两倍；"
        "页面让手机核验的户数，verify.js 不超过 600 MB",
        weights.million,
    ),
    "scan": ("wapiti 黑盒扫描（生产进程，公众和经办人，埋一个漏洞作对照）、bandit、组件清单", scan.run),
    "faults": (
        "PostgreSQL 在八个写入者下被杀五次、在上报中被杀、盘满；五百次不同和相同的上报；读者在时迁移；"
        "旧备份补迁移；一千段公平的历史",
        lanes_apart.faults,
    ),
    "law": ("docs/law.md 的规则：三千次随机办理之后都守住；从代码里拿掉的规则各被发现", lanes_apart.law),
    "lonely": (
        "一个人、每种角色和三种兼任，封存前和抽取后，二百种办理随意各走一千多步："
        "动不了要两个人办的事；拆掉的十一道墙各被发现",
        lanes_apart.lonely,
    ),
    "faces": (
        "公示页面六种样子的 axe；五百次随机检查手机与服务器一致；一整轮在 SQLite 上用浏览器走完；"
        "外勤页在旧 Chromium 里的各条",
        lanes_apart.faces,
    ),
    "newcomer": (
        "新手走一轮：只有登录地址、角色和密码，只点页面上有的，抽 50 户到 50 份通知书；走过的页面记在表下",
        lanes_apart.newcomer,
    ),
    "log": (
        "公开日志：四十次抽取的一年，Go 的 sumdb 和 aics-tlog（都不是我们的）接受每个检查点、分块和证明，"
        "aics-witness 联署，弯过的被拒；一百万条：多写一条、签署、浏览器证明、监看，用时、内存、字节",
        lanes_apart.log,
    ),
    "word": ("年度总结的 Word 文件在 LibreOffice 里看：A4、页边、标题居中、字体大小、页码", lanes_apart.word),
    "exchange": (
        "数据交换的一个月：重复、更正、错码、断文件、对方停机、慢、七条退一条、丢答复、不认号；一个月的收件撤销",
        lanes_apart.exchange,
    ),
    "moving": (
        "一个县搬到另一套系统（另一把密钥、另一段编号）再搬回来：同一条日志、同样的文件、各核验程序一致，"
        "留下的不签任何东西；PostgreSQL 和 SQLite",
        lanes_apart.moving,
    ),
    "province": (
        "一百个机关、三十个仪式同时、三份 15 万行的名录、二千件上报，别的机关的页面；"
        "六个、六十个生人看最重的页面，/healthz ≤ 200 毫秒",
        weights.province,
    ),
    "drill": ("备份恢复到新集群并核验（make drill）", lanes_apart.drill),
}


def rows_kept():
    """{name: its row} of the table as it stands."""
    text = TABLE.read_text(encoding="utf-8") if TABLE.exists() else ""
    return {row.split("|")[1].strip(): row for row in re.findall(r"^\| [a-z]+ \|.*\|$", text, re.M)}


def logs_kept():
    """{name: what stands under the table of it}: the pages of the newcomer."""
    text = TABLE.read_text(encoding="utf-8") if TABLE.exists() else ""
    return dict(re.findall(r"^## ([a-z]+)\n\n(.*?)\n*(?=^## |\Z)", text, re.M | re.S))


def main(chosen):
    """0 when every trial that was run holds."""
    rows, logs, failed = rows_kept(), logs_kept(), False
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    for name in chosen or TRIALS:
        what, run = TRIALS[name]
        began = time.monotonic()
        try:
            said = run()
            if isinstance(said, tuple):
                said, logs[name] = said
        except Exception as wrong:
            failed, said = True, "**没有通过**：" + " ".join(str(wrong).split())[:200].replace("|", "／")
        minutes = (time.monotonic() - began) / 60
        rows[name] = (
            f"| {name} | {what} | {minutes:.1f} | {said} | {datetime.date.today()} | "
            f"{commit.stdout.strip()} |"
        )
        print(rows[name], flush=True)
        table = HEAD + "".join(f"{rows[each]}\n" for each in TRIALS if each in rows)
        under = "".join(f"\n## {each}\n\n{logs[each]}\n" for each in TRIALS if each in logs)
        TABLE.write_text(table + under, encoding="utf-8")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
