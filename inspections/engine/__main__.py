"""python -m inspections.engine seal | draw | change | codes | series | verify: the draw
without the house around it."""

import argparse
import csv
import io
import secrets
import sys
from pathlib import Path

from .canonical import Doc, Malformed, dump, load, text_of
from .changes import Ledger, chain
from .compute import draw
from .files import VERSION, ZEROS, read_commitment, read_sealed, recusal_digest
from .recheck import check_objects, check_teams, read_result, verify
from .series import check_folder


def main(argv: list[str] | None = None) -> int:
    """Arguments in, exit code out: 0 done, 1 refused by a verifier, 2 malformed, 3 infeasible."""
    asked = _parser().parse_args(argv)
    try:
        return asked.act(asked)
    except (Malformed, OSError) as wrong:
        line = f"打不开文件 {wrong.filename}" if isinstance(wrong, OSError) else " ".join(str(wrong).split())
        if asked.act in (_verify, _series):
            print(f"核验不通过：{line}")
            return 1
        print(line, file=sys.stderr)
        return 2


def _seal(asked: argparse.Namespace) -> int:
    """tasks.json of another department's draw and one's own people in; commit.json and sealed.json out."""
    given = load(_read(asked.tasks), "tasks.json", exact=False)
    people, recused = _people(asked.people)
    sealed, pool = {}, []
    for row, stratum, lots, status in given["pool"]:
        nonce, ids = secrets.token_hex(16), sorted(recused.get(row, ()))
        sealed[row] = [nonce, ids]
        pool.append([row, stratum, lots, status, recusal_digest(row, nonce, ids)])
    commit = {
        "v": VERSION,
        "draw": asked.number,
        "task": given["from"],
        "after": ZEROS,
        "prev": asked.prev,
        "seed_at": asked.seed_at,
        "salt": secrets.token_hex(16),
        "strata": [[name, 0, 0, "不限"] for name in sorted({row[1] for row in pool})],
        "pool": sorted(pool),
        "inspectors": people,
        "seed_plan": asked.sources.split(","),
        "redraw_tip": asked.tip,
        "redraw_max": asked.codes,
        "rules": {"team": asked.team, "core": 1, "core_leads": 0, "others": "any", "slack_pct": 25},
    }
    data = dump(commit)
    commitment = read_commitment(data)
    out = Path(asked.out)
    out.mkdir(parents=True, exist_ok=True)
    if (out / "commit.json").exists():
        raise Malformed("commit.json 已存在，不覆盖：一份任务名单只封存一次")
    (out / "commit.json").write_bytes(data)
    (out / "sealed.json").write_bytes(dump(sealed))
    print(commitment.digest)
    return 0


def _people(path: str) -> tuple[list[Doc], dict[str, list[str]]]:
    """csv 编号,姓名,可任组长(0/1),最多任务数,须回避的企业编号(空格分开) in; (inspectors, {row: ids}) out."""
    people, recused = list[Doc](), dict[str, list[str]]()
    rows = list(csv.reader(io.StringIO(text_of(_read(path)))))
    for row in rows[1:]:
        if len(row) < 4 or not row[2].strip().isdigit() or not row[3].strip().isdigit():
            raise Malformed("人员名单各行应为：编号,姓名,可任组长(0 或 1),最多任务数,须回避的企业编号")
        name = row[0].strip()
        people.append(
            {"id": name, "leader": int(row[2]), "max": int(row[3]), "skills": ["不限"], "status": "E"}
        )
        for ref in row[4].split() if len(row) > 4 else ():
            recused.setdefault(ref, []).append(name)
    return sorted(people, key=lambda each: each["id"]), recused


def _draw(asked: argparse.Namespace) -> int:
    drawn = draw(_read(asked.commit), _read(asked.sealed), _read(asked.sources))
    out = Path(asked.out)
    out.mkdir(parents=True, exist_ok=True)
    if not drawn.is_feasible:
        (out / "infeasible.json").write_bytes(drawn.result_bytes)
        return 3
    (out / "result.json").write_bytes(drawn.result_bytes)
    (out / "openings.json").write_bytes(drawn.openings_bytes)
    return 0


def _change(asked: argparse.Namespace) -> int:
    commitment = read_commitment(_read(asked.commit))
    recused = read_sealed(_read(asked.sealed), commitment)
    result = read_result(_read(asked.result))
    check_objects(commitment, result)
    check_teams(commitment, recused, result)
    if "order" not in result:
        raise Malformed("result.json：排不出检查组的抽取不能有变更")
    ledger = Ledger(commitment, recused, result)
    ledger.replay(load(_read(asked.changes), "changes.json", exact=False))
    event = load(_read(asked.event), "event", exact=False)
    sys.stdout.buffer.write(dump(ledger.apply(event)) + b"\n")
    return 0


def _codes(asked: argparse.Namespace) -> int:
    if asked.number < 1:
        raise Malformed("一次性码的个数应不少于 1")
    tip, codes = chain(secrets.token_hex(32), asked.number)
    print(tip, *codes, sep="\n")
    return 0


def _series(asked: argparse.Namespace) -> int:
    print(check_folder(asked.folder))
    return 0


def _verify(asked: argparse.Namespace) -> int:
    print(
        verify(
            _read(asked.commit),
            _read(asked.result),
            openings_data=None if asked.openings is None else _read(asked.openings),
            changes_data=None if asked.changes is None else _read(asked.changes),
            commitment=asked.commitment,
            result_hash=asked.result_hash,
            requests=None
            if asked.requests is None
            else [each for each in asked.requests.lower().split(",") if each],
        )
    )
    return 0


def _read(path: str) -> bytes:
    return Path(path).read_bytes()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inspections.engine", description="SJS1 双随机抽取规程")
    acts = parser.add_subparsers(required=True)

    asked = acts.add_parser(
        "seal",
        help="封存：其他部门的任务名单和本部门人员，写出 commit.json 与 sealed.json，打印封存文件的指纹",
    )
    for name in ("tasks", "people", "number", "seed-at", "sources", "tip", "out"):
        asked.add_argument(f"--{name}", required=True)
    asked.add_argument("--codes", type=int, required=True, help="一次性码个数")
    asked.add_argument("--prev", default=ZEROS, help="本部门前一次抽取的封存文件的指纹")
    asked.add_argument("--team", type=int, default=2)
    asked.set_defaults(act=_seal)

    asked = acts.add_parser(
        "draw", help="抽取：写出 result.json 与 openings.json，或 infeasible.json（退出码 3）"
    )
    for name in ("commit", "sealed", "sources", "out"):
        asked.add_argument(f"--{name}", required=True)
    asked.set_defaults(act=_draw)

    asked = acts.add_parser("change", help="变更：打印补上 in 的一条变更")
    for name in ("commit", "sealed", "result", "changes", "event"):
        asked.add_argument(f"--{name}", required=True)
    asked.set_defaults(act=_change)

    asked = acts.add_parser("codes", help="一次性码：第一行是码链的顶端，其后依次是第 1 至第 N 个码")
    asked.add_argument("number", type=int, metavar="N")
    asked.set_defaults(act=_codes)

    asked = acts.add_parser("series", help="核验一个文件夹里的全部封存与结果：前后相接、没有第二次机会")
    asked.add_argument("folder", metavar="DIR")
    asked.set_defaults(act=_series)

    asked = acts.add_parser("verify", help="核验一次抽取", allow_abbrev=False)
    asked.add_argument("commit", metavar="COMMIT")
    asked.add_argument("result", metavar="RESULT")
    asked.add_argument("--openings")
    asked.add_argument("--changes")
    asked.add_argument("--commitment", metavar="HEX")
    asked.add_argument("--result-hash", metavar="HEX", help="公布的结果的指纹")
    asked.add_argument("--requests", metavar="HEX,HEX", help="各次变更开码前公布的申请的指纹")
    asked.set_defaults(act=_verify)
    return parser


if __name__ == "__main__":
    sys.exit(main())
