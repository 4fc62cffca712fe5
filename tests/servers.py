"""Private PostgreSQL and Redis servers on free loopback ports, for tests, benches and drills.

    python -m tests.servers COMMAND …     runs COMMAND beside one of each and stops them after it

COMMAND finds in its environment DATABASE_URL (the cluster's administrator, who makes and drops test
databases), MINGQIAN_OWNER and MINGQIAN_APP (the two roles of production) and TEST_REDIS_URL.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg2

OWNER, APP = "mingqian_owner", "mingqian_app"
_NOBODY = 65534  # initdb and postgres refuse to be run by root


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Postgres:
    """One cluster. `kill` is SIGKILL on the postmaster; its data stay, `start` brings it back."""

    def __init__(self, home=None, **settings):
        self.bin = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parent.name))
        self.home = Path(home or tempfile.mkdtemp(prefix="mingqian-pg-"))
        self.data = self.home / "data"
        self.port = free_port()
        self.settings = settings
        self.process = None
        as_who = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        self._as = as_who | {"cwd": self.home, "env": {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}}
        if as_who:
            os.chown(self.home, _NOBODY, _NOBODY)
        initdb = [self.bin / "initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "-E", "UTF8"]
        subprocess.run([*initdb, "--locale=C.UTF-8"], check=True, stdout=subprocess.DEVNULL, **self._as)
        self.start()
        self.run(f"CREATE ROLE {OWNER} LOGIN CREATEDB; CREATE ROLE {APP} LOGIN")

    def start(self):
        # Popen and wait, not pg_ctl: after a kill the dead process must be reaped or its
        # lock file stands in the way.
        options = [f"{name}={value}" for name, value in self.settings.items()]
        command = (
            [self.bin / "postgres", "-D", self.data, "-p", str(self.port), "-k", self.home]
            + ["-c", "listen_addresses=127.0.0.1"]
            + [part for each in options for part in ("-c", each)]
        )
        self.process = None
        for _ in range(300):
            if self.process is None or self.process.poll() is not None:
                # The children of a postmaster that was killed leave a moment after
                # it, with the shared memory.
                said = (self.home / "log").read_text()[-300:] if self.process else "shared memory block"
                if "shared memory block" not in said:
                    break
                self.process = subprocess.Popen(
                    command,
                    stdout=subprocess.DEVNULL,
                    stderr=(self.home / "log").open("ab"),
                    start_new_session=True,
                    **self._as,
                )
            try:
                self.connect("postgres").close()
                return self
            except psycopg2.OperationalError:
                time.sleep(0.1)
        raise RuntimeError((self.home / "log").read_text()[-2000:])

    def connect(self, database, user="postgres"):
        connection = psycopg2.connect(host="127.0.0.1", port=self.port, user=user, dbname=database)
        connection.autocommit = True
        return connection

    def run(self, sql, database="postgres", user="postgres"):
        """One statement in its own transaction; its rows, if it gives any."""
        connection = self.connect(database, user)
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def url(self, database="postgres", user="postgres"):
        return f"postgres://{user}@127.0.0.1:{self.port}/{database}"

    def kill(self):
        """SIGKILL on the postmaster. Returns how it ended: -9 when the kill landed."""
        self.process.kill()
        return self.process.wait(30)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(30)
        shutil.rmtree(self.home, ignore_errors=True)


class Replica(Postgres):
    """A streaming replica of a cluster: its copy as of now, and whatever comes after."""

    def __init__(self, port):
        self.bin = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parent.name))
        self.home = Path(tempfile.mkdtemp(prefix="mingqian-replica-"))
        self.data, self.port = self.home / "data", free_port()
        self.settings, self.process = {"hot_standby": "on"}, None
        as_who = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        self._as = as_who | {"cwd": self.home, "env": {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}}
        if as_who:
            os.chown(self.home, _NOBODY, _NOBODY)
        where = ["-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "-D", str(self.data)]
        copy = [self.bin / "pg_basebackup", *where, "-R", "-X", "stream", "-c", "fast"]
        subprocess.run(copy, check=True, stdout=subprocess.DEVNULL, **self._as)
        self.start()


class Pooler:
    """PgBouncer in transaction mode before a cluster: few connections that all who come share, so that
    whatever is left on one by a transaction meets somebody else's."""

    def __init__(self, port, users, connections=3):
        self.home = Path(tempfile.mkdtemp(prefix="mingqian-pooler-"))
        self.port = free_port()
        (self.home / "users").write_text("".join(f'"{each}" ""\n' for each in users))
        (self.home / "pooler.ini").write_text(
            f"[databases]\n* = host=127.0.0.1 port={port}\n[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\n"
            f"auth_type = trust\nauth_file = {self.home}/users\nlogfile = {self.home}/log\n"
            f"pool_mode = transaction\ndefault_pool_size = {connections}\n"
        )
        as_who = {}
        if os.geteuid() == 0:
            os.chown(self.home, _NOBODY, _NOBODY)
            as_who = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
        self.process = subprocess.Popen(
            ["/usr/sbin/pgbouncer", "--quiet", self.home / "pooler.ini"], stderr=subprocess.DEVNULL, **as_who
        )
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError((self.home / "log").read_text()[-2000:])

    def stop(self):
        self.process.kill()
        self.process.wait(10)
        shutil.rmtree(self.home, ignore_errors=True)


class Redis:
    """One server with its append-only file, as in production."""

    def __init__(self):
        self.home = Path(tempfile.mkdtemp(prefix="mingqian-redis-"))
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self):
        command = [
            "redis-server",
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "yes",
        ]
        self.process = subprocess.Popen([*command, "--dir", str(self.home)], stdout=subprocess.DEVNULL)
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.05)
        raise RuntimeError("redis-server did not start")

    def kill(self):
        self.process.kill()
        return self.process.wait(10)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.home, ignore_errors=True)


def main(command):
    # This cluster need not outlive a power cut; tests that kill PostgreSQL start one of
    # their own, with its defaults.
    postgres = Postgres(fsync="off", synchronous_commit="off", full_page_writes="off", autovacuum="off")
    redis, var = Redis(), tempfile.mkdtemp(prefix="mingqian-var-")
    print(f"== PostgreSQL {postgres.bin.parent.name}, Redis", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        env = os.environ | {
            "DATABASE_URL": postgres.url(),
            "TEST_REDIS_URL": redis.url,
            "MINGQIAN_OWNER": OWNER,
            "MINGQIAN_APP": APP,
            "MINGQIAN_VAR": var,
        }
        return subprocess.run(command, env=env).returncode
    finally:
        redis.stop()
        postgres.stop()
        shutil.rmtree(var, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
