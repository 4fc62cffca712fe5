"""One bureau's draws in their order (SJS1 §8): no gap, no fork, no second chance."""

from dataclasses import dataclass
from pathlib import Path

from .canonical import Doc, Malformed
from .compute import tasks_of
from .files import ZEROS, Commitment, read_commitment
from .objects import sample_size
from .recheck import check_objects, check_shape, read_result


@dataclass
class Link:
    """One draw of the series: its file's name, its commitment, its result (None: void before the seed)."""

    name: str
    commitment: Commitment
    result: Doc | None


def check_folder(folder: str | Path) -> str:
    """A folder of [NAME.]commit.json and [NAME.]result.json or infeasible.json in; one Chinese sentence out.

    Raises Malformed with what is wrong.
    """
    links = read_folder(Path(folder))
    if not links:
        raise Malformed("文件夹里没有 commit.json")
    chain = order_by_prev(links)
    check_numbers(chain)
    check_second_chances(chain)
    silent = [link.commitment.draw for link in chain if link.result is None]
    follows = [link.commitment.draw for link in chain if link.commitment.after != ZEROS]
    told = [
        f"{len(chain)} 次封存首尾相接（{chain[0].commitment.draw} 至 {chain[-1].commitment.draw}）",
        f"{len(chain) - len(silent)} 次有结果且企业重算一致",
    ]
    if silent:
        told.append(f"没有结果文件的只能是摇号前作废或尚未抽取的：{'、'.join(silent)}")
    if follows:
        told.append(f"接续作废或排不出的抽取、企业不变的：{'、'.join(follows)}")
    told.append("没有同一任务不经接续的第二次抽取")
    return " ".join(f"核验通过：{'；'.join(told)}。".split())


def read_folder(folder: Path) -> list[Link]:
    """All draws found in the folder, in the order of the file names."""
    links, paired = list[Link](), set[Path]()
    for path in sorted(folder.rglob("*commit.json")):
        prefix = path.name.removesuffix("commit.json")
        if prefix and not prefix.endswith("."):
            continue
        found = [path.with_name(prefix + name) for name in ("result.json", "infeasible.json")]
        found = [each for each in found if each.exists()]
        paired.update(found)
        if len(found) > 1:
            raise Malformed(f"{path.name}：既有 result.json 又有 infeasible.json")
        try:
            commitment = read_commitment(path.read_bytes())
            result = read_result(found[0].read_bytes()) if found else None
            if result is not None:
                check_objects(commitment, result)
                check_shape(commitment, result)
        except Malformed as wrong:
            raise Malformed(f"{path.relative_to(folder)}：{wrong}") from None
        links.append(Link(str(path.relative_to(folder)), commitment, result))
    orphans = [
        path
        for path in (*folder.glob("*result.json"), *folder.glob("*infeasible.json"))
        if path not in paired
    ]
    if orphans:
        raise Malformed(f"{min(orphans).relative_to(folder)}：没有对应的 commit.json")
    return links


def order_by_prev(links: list[Link]) -> list[Link]:
    """Follow `prev` from 64 zeros. Raises on a fork, a missing link or a draw that hangs on none."""
    followers: dict[str, Link] = {}
    for link in links:
        twin = followers.setdefault(link.commitment.prev, link)
        if twin is not link:
            raise Malformed(f"{twin.name} 与 {link.name} 接在同一次封存之后，系列分叉")
    chain, at = list[Link](), ZEROS
    while at in followers and len(chain) < len(links):
        chain.append(followers[at])
        at = chain[-1].commitment.digest
    if len(chain) < len(links):
        loose = next(link for link in links if link not in chain)
        raise Malformed(f"{loose.name}：prev 不指向系列中的前一次封存")
    return chain


def check_numbers(chain: list[Link]) -> None:
    """The draw numbers run on without a gap; a new prefix (a new year) starts again at 0 or 1."""
    last_prefix: str | None = None
    last: int | None = None
    ended: set[str] = set()
    for link in chain:
        prefix, _, tail = link.commitment.draw.rpartition("-")
        if not tail.isascii() or not tail.isdigit() or len(tail) > 15:
            raise Malformed(f"{link.name}：抽取编号 {link.commitment.draw} 不以数字结尾")
        number = int(tail)
        is_next = number == (last or 0) + 1 if prefix == last_prefix else number <= 1 and prefix not in ended
        if last is not None and not is_next:
            raise Malformed(f"{link.name}：抽取编号 {link.commitment.draw} 与前一次不连续")
        ended.add(prefix)
        last_prefix, last = prefix, number
    numbers = [link.commitment.draw for link in chain]
    if len(set(numbers)) != len(numbers):
        raise Malformed("抽取编号有重复")


def check_second_chances(chain: list[Link]) -> None:
    """A task's later draw must name the one before it and take over its enterprises, drawing no others.

    The duty passes through draws without a result (void before their seed): they free nobody.
    """
    latest, duty = dict[str, Link](), dict[str, Link]()
    for link in chain:
        committed = link.commitment
        before = latest.get(committed.task)
        expected = before.commitment.digest if before else ZEROS
        if committed.after != expected:
            if before and committed.after == ZEROS:
                raise Malformed(
                    f"{link.name}：任务 {committed.task} 已有抽取 {before.commitment.draw}，这是第二次"
                )
            raise Malformed(f"{link.name}：after 不是任务 {committed.task} 的前一次抽取")
        if before and committed.task in duty:
            _check_taken_over(link, duty[committed.task])
        latest[committed.task] = link
        if link.result is not None:
            duty[committed.task] = link


def _check_taken_over(link: Link, before: Link) -> None:
    must = {row.id for row in link.commitment.pool.values() if row.status == "M"}
    if before.result is None or must != set(tasks_of(before.result)):
        raise Malformed(f"{link.name}：必查企业不是 {before.commitment.draw} 的企业")
    eligible: dict[str, int] = {}
    for row in link.commitment.pool.values():
        if row.status == "E":
            eligible[row.stratum] = eligible.get(row.stratum, 0) + 1
    for stratum in link.commitment.strata.values():
        if sample_size(eligible.get(stratum.name, 0), stratum.rate_bp, stratum.minimum):
            raise Malformed(f"{link.name}：接续 {before.commitment.draw} 的抽取不得再抽别的企业")
