"""What is shipped, read: docker-compose.yml, .env.example, the image, the units. (Started by
hand: test_processes.py.)"""

import json
import re
import shlex
import subprocess
import sys

import kubernetes_validate
import pytest
import yaml

from config.schedule import QUEUES

from .conftest import ROOT
from .production import COMPOSE, SERVICES


@pytest.mark.parametrize(
    "start",
    [
        "import config.wsgi; assert 'config.urls' in sys.modules",  # no first visitor waits for them
        "from config import celery_app; celery_app.loader.init_worker()",  # the worker and the beat
        "import django; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'; django.setup()",
    ],
    ids=["web", "worker", "command"],
)
def test_a_start_ends_with_the_collector_at_work_and_what_was_loaded_out_of_its_way(start):
    told = f"import gc, os, sys; {start}; print(gc.isenabled(), gc.get_freeze_count())"
    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)
    works, frozen = done.stdout.split()
    assert works == "True" and int(frozen) > 100_000


def _source(volume):
    """What is mounted where nothing is set: "${NAME:-source}:/target"."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", volume).split(":")[0]


def test_every_service_has_its_command_and_order():
    assert set(SERVICES) == {
        "db",
        "redis",
        "migrate",
        "web",
        "window",
        "phones",
        "worker",
        "people",
        "slow",
        "log",
        "beat",
        "nginx",
        "owner",
        "backup",
    }
    for name in ("web", "window", "phones", "worker", "people", "slow", "log", "beat"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert "mingqian_app:" in SERVICES[name]["environment"]["DATABASE_URL"]
        assert "OWNER" not in str(SERVICES[name]["environment"]) and "env_file" not in SERVICES[name]
    for name in ("migrate", "owner", "backup"):
        assert "mingqian_owner:" in SERVICES[name]["environment"]["DATABASE_URL"]
    for name in (
        "web",
        "window",
        "phones",
        "worker",
        "people",
        "slow",
        "beat",
        "nginx",
        "owner",
    ):  # who writes what nginx reads, and nginx
        assert any(each.startswith("public:") for each in SERVICES[name]["volumes"]), name
    # none fills the disk
    assert all(each["logging"] == COMPOSE["x-app"]["logging"] for each in SERVICES.values())
    workers = ("worker", "people", "slow", "log")
    queues = [re.search(r"-Q ([\w,]+)", SERVICES[name]["command"])[1].split(",") for name in workers]
    assert sorted(sum(queues, [])) == sorted(QUEUES) and queues[0] == ["draws"]
    for volumes in (each.get("volumes", []) for each in SERVICES.values()):
        for each in volumes:
            # as it is where .env says nothing
            source = _source(each)
            assert source in COMPOSE["volumes"] or (ROOT / source).exists(), source
    fronts = re.search(r"How nginx stands in front: (.+?)\. See", (ROOT / ".env.example").read_text(), re.S)[
        1
    ]
    for front in ("plain", "tls", "gateway"):
        assert front in fronts and (ROOT / f"config/deploy/nginx/{front}.conf").exists()
    ports = {re.sub(r"\$\{\w+:-(\d+)\}", r"\1", each).split(":")[1] for each in SERVICES["nginx"]["ports"]}
    listened = {
        port
        for each in (ROOT / "config/deploy/nginx").glob("*.conf")
        for port in re.findall(r"listen (\d+)", each.read_text())
    }
    assert ports == listened == {"80", "443"} and "EXPOSE 8000" in (ROOT / "Dockerfile").read_text()
    used = {volume for each in SERVICES.values() for volume in map(_source, each.get("volumes", []))}
    assert set(COMPOSE["volumes"]) <= used
    mounted = {each.split(":")[1] for each in SERVICES["nginx"]["volumes"] if ".inc" in each}
    said = "".join(each.read_text() for each in (ROOT / "config/deploy/nginx").iterdir())
    assert mounted == set(re.findall(r"include (/etc/nginx/[\w.-]+\.inc)", said))


def test_every_variable_is_explained_in_the_example_and_reaches_its_process():
    named = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    # by the image or the compose file
    set_here = {"GIVES_WAY", "LOG_KEYS_DIR", "MINGQIAN_VAR", "MINGQIAN_SERVED", "PROMETHEUS_MULTIPROC_DIR"}
    settings_file = (ROOT / "config/settings.py").read_text()
    read = set(re.findall(r'(?:environ\.get|_switch|read_secret)\("([A-Z_]+)"', settings_file))
    assert asked | read - {"GIVES_WAY", "DATABASE_URL", "PROMETHEUS_MULTIPROC_DIR"} <= named
    assert named - set_here <= asked  # the image sets where files lie
    # the log's keys: in one service, and in a volume that no other has
    keys = {name for name, each in SERVICES.items() if "log-keys" in str(each.get("volumes"))}
    assert (
        keys
        == {"log"}
        == {n for n, each in SERVICES.items() if "LOG_KEYS_DIR" in each.get("environment", {})}
    )
    for name in ("web", "window", "phones", "worker", "slow", "beat", "migrate", "owner", "backup"):
        assert read - set_here - {"DATABASE_URL"} <= set(SERVICES[name]["environment"]), name
    assert (
        len(
            {
                SERVICES[name]["image"]
                for name in ("web", "worker", "slow", "beat", "migrate", "owner", "backup")
            }
        )
        == 1
    )


def test_the_units_are_sound_and_start_what_the_containers_start(tmp_path, alone):
    """The second way, for offices without containers: the same commands, limits and owner's duties."""
    units = {each.name: each.read_text() for each in (ROOT / "config/deploy/systemd").glob("mingqian-*")}
    for name, text in units.items():
        led = text.replace("/srv/mingqian/.venv/bin", str(alone)).replace("/srv/mingqian", str(ROOT))
        led = led.replace("User=mingqian", "User=root")
        (tmp_path / name).write_text(led)
    for name in units:
        told = subprocess.run(["systemd-analyze", "verify", tmp_path / name], capture_output=True, text=True)
        assert told.returncode == 0 and name not in told.stderr, told.stderr

    said = (ROOT / "config/deploy/nginx/mingqian-web.inc").read_text()

    def started(name):
        # systemd's own % is doubled, and it wants the whole way to a command
        unit = units[f"mingqian-{name}.service"].replace("%%", "%").replace("/usr/bin/nice", "nice")
        found = re.findall(r"^ExecStart=(.+)$", unit, re.M)
        return [each.replace("/srv/mingqian/.venv/bin/", "") for each in found]

    web = json.loads(re.search(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.M)[1])
    for name, command, port in (
        ("web", " ".join(web), 8000),
        ("window", SERVICES["window"]["command"], 8001),
        ("phones", SERVICES["phones"]["command"], 8002),
    ):
        near = command.replace("0.0.0.0:8000", f"127.0.0.1:{port}").replace("-ips *", "-ips 127.0.0.1")
        assert started(name) == [near]
        assert f"set ${'desk' if name == 'web' else name} 127.0.0.1:{port};" in said
    for name in ("worker", "people", "slow", "log", "beat"):
        assert started(name) == [SERVICES[name]["command"]]
    assert started("migrate") == [f"/bin/{SERVICES['migrate']['command']}"]
    for name in ("web", "window", "phones", "worker", "slow", "log", "beat"):
        assert "Requires=mingqian-migrate.service" in units[f"mingqian-{name}.service"]
        assert (
            "ReadWritePaths=/var/lib/mingqian /var/lib/mingqian-served" in units[f"mingqian-{name}.service"]
        )
    same = SERVICES["web"]["environment"]
    assert SERVICES["window"]["environment"] == same
    assert SERVICES["phones"]["environment"] == same | {"GIVES_WAY": "3"}
    for name, each in SERVICES.items():  # who stands behind, rests
        said = each.get("environment", {}).get("GIVES_WAY")
        assert said == ("3" if name in ("phones", "slow") else None), name
        assert ("Environment=GIVES_WAY=3" in units.get(f"mingqian-{name}.service", "")) == bool(said), name
    metrics = f"PROMETHEUS_MULTIPROC_DIR={SERVICES['web']['environment']['PROMETHEUS_MULTIPROC_DIR']}"
    assert metrics in units["mingqian-web.service"]
    for name in ("web", "window", "phones", "worker", "slow", "log", "migrate"):
        assert (
            f'"PGOPTIONS={SERVICES[name]["environment"]["PGOPTIONS"]}"' in units[f"mingqian-{name}.service"]
        )
    for name in ("migrate", "backup"):
        assert "owner.env" in units[f"mingqian-{name}.service"]
    assert "OnCalendar=*-*-* 02:40:00" in units["mingqian-backup.timer"]
    assert (
        "manage.py backup --folder" in started("backup")[0]
        and "manage.py backup --folder" in SERVICES["backup"]["command"]
    )


# -- several machines, Kubernetes -----------------------------------------------------------------------

KUBERNETES = ROOT / "config/deploy/kubernetes"


def _manifests():
    return [
        each for path in sorted(KUBERNETES.glob("*.yaml")) for each in yaml.safe_load_all(path.read_text())
    ]


def test_the_manifests_are_as_their_schemas_say():
    kinds = set()
    for each in _manifests():
        kubernetes_validate.validate(each, "1.31", strict=True)
        kinds.add(each["kind"])
    assert kinds >= {"Deployment", "Service", "Ingress", "Job", "CronJob", "PodDisruptionBudget", "Secret"}
    bent = next(each for each in _manifests() if each["kind"] == "Deployment")
    bent["spec"]["template"]["spec"]["containers"][0]["comand"] = ["x"]
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(bent, "1.31", strict=True)


def test_the_manifests_start_what_the_containers_start():
    made = {each["metadata"]["name"]: each for each in _manifests() if each["kind"] == "Deployment"}
    web = json.loads(re.search(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.M)[1])
    names = ("web", "window", "phones", "worker", "people", "slow", "log", "beat")
    assert set(made) == {f"mingqian-{name}" for name in names}
    for name in names:
        pod = made[f"mingqian-{name}"]["spec"]["template"]["spec"]
        command = web if name == "web" else shlex.split(SERVICES[name]["command"].replace("*", "'*'"))
        assert pod["containers"][0]["command"] == command, name
        assert made[f"mingqian-{name}"]["spec"]["replicas"] >= 2 or name == "log"  # one signs
        secrets = [each.get("secretRef", {}).get("name") for each in pod["containers"][0]["envFrom"]]
        assert "mingqian-owner" not in secrets
        limits = SERVICES[name]["environment"].get("PGOPTIONS")
        said = {each["name"]: each["value"] for each in pod["containers"][0].get("env", [])}
        assert said.get("PGOPTIONS") == limits, name
        assert said.get("GIVES_WAY") == SERVICES[name]["environment"].get("GIVES_WAY"), name
    told = next(each for each in _manifests() if each["metadata"]["name"] == "mingqian-settings")["data"]
    hidden = next(each for each in _manifests() if each["metadata"]["name"] == "mingqian-secrets")
    known = set(re.findall(r"^([A-Z_0-9]+)=", (ROOT / ".env.example").read_text(), re.M))
    known |= {"DATABASE_URL", "PROMETHEUS_MULTIPROC_DIR"}
    assert set(told) | set(hidden["stringData"]) <= known


def test_the_manifests_lead_as_nginx_leads():
    rules = next(each for each in _manifests() if each["kind"] == "Ingress")["spec"]["rules"][0]["http"][
        "paths"
    ]
    led = {each["path"]: each["backend"]["service"]["name"].removeprefix("mingqian-") for each in rules}
    told = (ROOT / "config/deploy/nginx/mingqian.inc").read_text()
    desk = re.search(r"location ~ \^/\(([a-z|]+)\)", told)[1].split("|")
    assert led == {f"/{each}": "web" for each in desk} | {
        "/desk/field/": "phones",
        "/api/v1/handed/": "web",
        "/api/v1/deliveries/": "web",
        "/": "window",
    }


class _Away(yaml.SafeLoader):
    """Compose's own mark for what is taken away."""


_Away.add_constructor("!reset", lambda loader, node: None)


def test_a_machine_of_several_runs_the_same_with_its_database_elsewhere():
    over = yaml.load((ROOT / "config/deploy/several/app.yml").read_text(), Loader=_Away)["services"]  # noqa: S506
    assert set(over) == set(SERVICES) - {"db", "redis", "nginx"}
    for name, each in over.items():
        role = "OWNER_DATABASE_URL" if name in ("migrate", "owner", "backup") else "DATABASE_URL"
        assert each["environment"] == {"DATABASE_URL": f"${{{role}:?}}"} and each["depends_on"] is None, name
