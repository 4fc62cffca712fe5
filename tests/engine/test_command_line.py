"""The command line others build on: names, files and exit codes are promises."""

import json

from inspections.engine import draw
from inspections.engine.canonical import digest, dump

from .instances import codes_of, files, make


def write(folder, **named):
    for name, data in named.items():
        (folder / f"{name}.json").write_bytes(data)
    return {name: folder / f"{name}.json" for name in named}


def draw_arguments(paths, folder):
    named = [part for name in ("commit", "sealed", "sources") for part in (f"--{name}", paths[name])]
    return ["draw", *named, "--out", folder / "out"]


def drawn_files(folder, cli, number=21, people=16, **options):
    commit, sealed, sources = files(*make(number, people=people, **options))
    paths = write(folder, commit=commit, sealed=sealed, sources=sources)
    run = cli(*draw_arguments(paths, folder))
    return paths, run


def test_draw_writes_two_files_and_verify_accepts_them(tmp_path, cli):
    paths, run = drawn_files(tmp_path, cli)
    assert (run.returncode, run.stderr) == (0, "")
    out = tmp_path / "out"
    assert sorted(path.name for path in out.iterdir()) == ["openings.json", "result.json"]
    commitment = digest(paths["commit"].read_bytes())
    told = cli(
        "verify",
        paths["commit"],
        out / "result.json",
        "--openings",
        out / "openings.json",
        "--commitment",
        commitment,
    )
    assert told.returncode == 0 and told.stdout.startswith("核验通过") and told.stdout.count("\n") == 1
    told = cli("verify", paths["commit"], out / "result.json", "--commitment", "0" * 64)
    assert told.returncode == 1 and told.stdout.startswith("核验不通过")


def test_an_infeasible_draw_exits_with_three(tmp_path, cli):
    _, run = drawn_files(tmp_path, cli, people=3, rows=80, rate=8000)
    assert run.returncode == 3
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["infeasible.json"]


def test_malformed_input_is_one_line_and_exit_two(tmp_path, cli):
    commit, sealed, sources = files(*make(22))
    paths = write(tmp_path, commit=commit[:-1], sealed=sealed, sources=sources)
    for spoiled in (b"{", commit.replace(b"SJS1", b"SJS2"), b"", b"[" * 100_000, b"\x00"):
        paths["commit"].write_bytes(spoiled)
        run = cli(*draw_arguments(paths, tmp_path))
        assert run.returncode == 2 and run.stderr.count("\n") == 1 and not run.stdout, (spoiled[:9], run)
    run = cli(
        "draw",
        "--commit",
        tmp_path / "none",
        "--sealed",
        paths["sealed"],
        "--sources",
        paths["sources"],
        "--out",
        tmp_path / "out",
    )
    assert run.returncode == 2 and run.stderr.count("\n") == 1


def test_change_prints_the_event_completed(tmp_path, cli):
    paths, _ = drawn_files(tmp_path, cli)
    result = json.loads((tmp_path / "out/result.json").read_bytes())
    codes = codes_of(21)
    task = result["order"][0]
    events = []
    for n in (1, 2):
        event = {
            "kind": "inspector",
            "n": n,
            "code": codes[n - 1],
            "reason": "ill",
            "nonce": "0" * 32,
            "task": task,
            "out": result["teams"][task][0] if n == 1 else events[0]["in"] or result["teams"][task][0],
            "scope": "task",
        }
        more = write(tmp_path, changes=dump(events), event=json.dumps(event, ensure_ascii=False).encode())
        arguments = [
            "change",
            "--commit",
            paths["commit"],
            "--sealed",
            paths["sealed"],
            "--result",
            tmp_path / "out/result.json",
        ]
        run = cli(*arguments, "--changes", more["changes"], "--event", more["event"])
        assert run.returncode == 0, run.stderr
        events.append(json.loads(run.stdout))
        assert events[-1] == event | {"in": events[-1]["in"]}
    told = cli(
        "verify",
        paths["commit"],
        tmp_path / "out/result.json",
        "--openings",
        tmp_path / "out/openings.json",
        "--changes",
        write(tmp_path, changes=dump(events))["changes"],
    )
    assert told.returncode == 0, told.stdout
    wrong = [events[0], events[1] | {"code": codes[5]}]
    told = cli(
        "verify",
        paths["commit"],
        tmp_path / "out/result.json",
        "--changes",
        write(tmp_path, changes=dump(wrong))["changes"],
    )
    assert told.returncode == 1


def test_codes_form_a_chain_and_differ_each_time(cli):
    run = cli("codes", 5)
    tip, *codes = run.stdout.split()
    assert len(codes) == 5 and run.returncode == 0
    for n, code in enumerate(codes, 1):
        for _ in range(n):
            code = digest(code)
        assert code == tip
    assert cli("codes", 5).stdout != run.stdout
    assert cli("codes", 0).returncode == 2


def test_a_series_refuses_a_gap_a_second_draw_and_other_must_rows(tmp_path, cli):
    first, sealed, sources = make(31, draw="150000-2026-001", people=16)
    data = files(first, sealed, sources)
    second, *_ = make(32, draw="150000-2026-002", prev=digest(data[0]), task="another")
    write(tmp_path, **{"1.commit": data[0], "2.commit": dump(second)})
    assert cli("series", tmp_path).returncode == 0
    for spoiled in (
        {"prev": "0" * 64},
        {"prev": "1" * 64},
        {"task": first["task"]},
        {"draw": "150000-2026-004"},
        {"after": digest(data[0])},
        {"draw": first["draw"]},
    ):
        write(tmp_path, **{"2.commit": dump(second | spoiled)})
        run = cli("series", tmp_path)
        assert run.returncode == 1 and run.stdout.count("\n") == 1, (spoiled, run)
    # A void draw may be followed, but only by its own enterprises, all of them must rows.
    cli(
        "draw",
        *[
            part
            for name, d in zip(("commit", "sealed", "sources"), data, strict=True)
            for part in (f"--{name}", write(tmp_path / "..", **{name: d})[name])
        ],
        "--out",
        tmp_path / "out",
    )
    result = json.loads((tmp_path / "out/result.json").read_bytes())
    tasks = set(result["must"]) | {row for each in result["objects"] for row in each["drawn"]}
    follow = json.loads(data[0]) | {
        "draw": "150000-2026-002",
        "prev": digest(data[0]),
        "after": digest(data[0]),
    }
    follow["pool"] = [[*row[:3], "M" if row[0] in tasks else "X:void", row[4]] for row in follow["pool"]]
    write(tmp_path, **{"1.result": (tmp_path / "out/result.json").read_bytes(), "2.commit": dump(follow)})
    run = cli("series", tmp_path)
    assert run.returncode == 0, run.stdout
    follow["pool"] = [[*row[:3], "X:void", row[4]] if row[0] == min(tasks) else row for row in follow["pool"]]
    write(tmp_path, **{"2.commit": dump(follow)})
    assert cli("series", tmp_path).returncode == 1


def test_a_void_draw_in_between_frees_nobody_of_their_duty(tmp_path, cli):
    first, sealed, sources = make(15, people=6, rows=60, rate=5000, draw="150000-2026-001")
    for person in first["inspectors"]:
        person["max"] = 2
    data = files(first, sealed, sources)
    failed = draw(*data)
    tasks = set(failed.result["must"]) | {row for each in failed.result["objects"] for row in each["drawn"]}
    void = json.loads(data[0]) | {
        "draw": "150000-2026-002",
        "prev": digest(data[0]),
        "after": digest(data[0]),
    }
    void["pool"] = [[*row[:3], "M" if row[0] in tasks else "X:void", row[4]] for row in void["pool"]]
    third = void | {"draw": "150000-2026-003", "prev": digest(dump(void)), "after": digest(dump(void))}
    names = {
        "1.commit": data[0],
        "1.infeasible": failed.result_bytes,
        "2.commit": dump(void),
        "3.commit": dump(third),
    }
    write(tmp_path, **names)
    assert cli("series", tmp_path).returncode == 0
    fresh = json.loads(data[0]) | {key: third[key] for key in ("draw", "prev", "after")}
    write(tmp_path, **{"3.commit": dump(fresh)})
    run = cli("series", tmp_path)
    assert run.returncode == 1 and "必查企业不是" in run.stdout


def test_change_refuses_a_result_that_was_not_drawn(tmp_path, cli):
    paths, _ = drawn_files(tmp_path, cli)
    result = json.loads((tmp_path / "out/result.json").read_bytes())
    task = result["order"][0]
    event = {
        "kind": "inspector",
        "n": 1,
        "code": codes_of(21)[0],
        "reason": "ill",
        "nonce": "0",
        "task": task,
        "out": result["teams"][task][0],
        "scope": "task",
    }
    for spoiled in (
        {"teams": []},
        {"teams": 5},
        {"cap": "x"},
        {"teams": result["teams"] | {task: ["R9999", 5]}},
        {"log": 7},
    ):
        more = write(tmp_path, result=dump(result | spoiled), changes=b"[]", event=dump(event))
        arguments = [part for name in ("commit", "sealed") for part in (f"--{name}", paths[name])]
        arguments += [part for name in ("result", "changes", "event") for part in (f"--{name}", more[name])]
        run = cli("change", *arguments)
        assert run.returncode == 2 and run.stderr.count("\n") == 1, (spoiled, run)
