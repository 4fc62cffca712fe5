#!/usr/bin/env python3
"""核验这张光盘：python3 check.py（Python 3.8 以上，不联网，不需要安装任何东西）

  1. 每个文件与 SHA256SUMS 相符；
  2. 日志各条的指纹自洽，与末尾的日志头相符；
  3. commit.json 的指纹就是封存时公布的；回避封存逐户与 commit.json 里的指纹相符；
  4. 抽取后的光盘：由 verify.py 重新计算企业和检查组。
另外请把下面打印的指纹、结果的指纹与公告、纸质记录上的逐字对照。退出码 0 为通过。
"""

import hashlib
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def path(name):
    return os.path.join(HERE, name)


def read(name):
    with open(path(name), "rb") as handle:
        return handle.read()


def sha(data):
    return hashlib.sha256(data if isinstance(data, bytes) else data.encode("utf-8")).hexdigest()


def canonical(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sums():
    listed = {}
    for line in read("SHA256SUMS").decode("utf-8").splitlines():
        digest, _, name = line.partition("  ")
        listed[name] = digest
    for name, digest in sorted(listed.items()):
        if not os.path.exists(path(name)):
            yield "缺少文件 " + name
        elif sha(read(name)) != digest:
            yield name + " 与 SHA256SUMS 不符"
    there = {name for name in os.listdir(HERE) if not name.startswith((".", "__"))}
    for name in sorted(there - set(listed) - {"SHA256SUMS"}):
        yield "多出的文件 " + name


def journal():
    said = json.loads(read("journal.json").decode("utf-8"))
    before = None
    for entry in said["entries"]:
        if sha(canonical(entry[:-1])) != entry[-1]:
            yield f"日志第 {entry[1]} 条的内容与指纹不符"
        if before and entry[1] == before[1] + 1 and entry[7] != before[-1]:
            yield f"日志第 {entry[1]} 条没有接在前一条之后"
        before = entry
    if said["entries"] and [before[1], before[-1]] != [said["head"]["seq"], said["head"]["digest"]]:
        yield "日志末尾与日志头不符"


def sealing(facts):
    if not os.path.exists(path("commit.json")):
        return
    commit = read("commit.json")
    if sha(commit) != facts["commitment"]:
        yield "commit.json 的 SHA-256 不是指纹"
        return
    if os.path.exists(path("sealed.json")):
        sealed = json.loads(read("sealed.json").decode("utf-8"))
        for row in json.loads(commit.decode("utf-8"))["pool"]:
            nonce, people = sealed[row[0]]
            if sha("SJS1|REC|" + row[0] + "|" + nonce + "|" + ",".join(people)) != row[4]:
                yield "回避封存与 commit.json 不符：" + row[0]


def log(facts):
    """The draw's leaves stand in the tree whose root is signed."""
    if not os.path.exists(path("log.json")):
        return
    sys.path.insert(0, HERE)
    import lognote

    said = json.loads(read("log.json").decode("utf-8"))
    head = lognote.Checkpoint.of(said["note"])
    if (head.origin, head.size, head.root.hex()) != (said["origin"], said["size"], said["root"]):
        yield "公开日志的检查点与写明的条数、树根不同"
    for each in said["leaves"]:
        leaf, proof = each["text"].encode("utf-8"), [bytes.fromhex(part) for part in each["path"]]
        if not lognote.is_included(each["n"], head.size, lognote.leaf_hash(leaf), proof, head.root):
            yield "日志第 %d 条不在这棵树里" % each["n"]
        told = json.loads(each["text"])
        if told["kind"] == "seal" and told["digest"] != facts["commitment"]:
            yield "日志里封存的指纹不是这一次的"
        if told["kind"] in ("result", "infeasible") and told["digest"] != facts["result"]:
            yield "日志里结果的指纹不是这一次的"
    print("公开日志 %s，%d 条，树根 %s" % (head.origin, head.size, head.root.hex()))
    print("  请与封存通知上印的、见证方出示的对照；签名公钥见公示页。")


def main():
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.dont_write_bytecode = True
    faults = list(sums())
    if not faults:
        facts = json.loads(read("facts.json").decode("utf-8"))
        faults = list(journal()) + list(sealing(facts)) + list(log(facts))
        print(facts["bureau"] + " " + facts["number"])
        print("指纹   " + facts["commitment"])
        if facts["result"]:
            print("结果的指纹 " + facts["result"])
        if not faults and os.path.exists(path("result.json")):
            sys.path.insert(0, HERE)
            import verify  # the independent verifier beside this file

            there = [name for name in ("openings", "changes") if os.path.exists(path(name + ".json"))]
            given = {name: path(name + ".json") for name in there}
            try:
                print(
                    verify.verify(
                        path("commit.json"),
                        path("result.json"),
                        commitment=facts["commitment"],
                        result_hash=facts["result"],
                        **given,
                    )
                )
            except verify.Refused as wrong:
                faults.append(str(wrong))
    for fault in faults:
        print("不通过：" + fault)
    print("光盘核验不通过。" if faults else "光盘核验通过。")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
