"""Production as docker-compose.yml says it, led to this machine: the commands and limits of its
services, nginx in front."""

import socket
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from types import SimpleNamespace

import yaml

from .conftest import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]


def _has_ipv6():
    with suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


HAS_IPV6 = _has_ipv6()


def in_front(folder, front, port, web_port, var, names=None, tls_port=None, apart=None):
    """nginx with the configuration of FRONT, its paths and ports led to this machine. Returns
    the command that starts it.

    `names`: the port of a name server that is asked for "web"; without one web stands on 127.0.0.1. `apart`:
    {"window" or "phones": its port}; those that are not in it are the web's.
    """
    own = {"web": web_port, "window": web_port, "phones": web_port} | (apart or {})
    at = "web" if names else "127.0.0.1"
    led = [
        *((f" {name}:8000", f" {at}:{where}") for name, where in own.items()),
        ("/var/lib/mingqian-served", str(var)),
        ("/etc/nginx/", f"{folder}/"),
        ("resolver 127.0.0.11 valid=5s", f"resolver 127.0.0.1:{names or 53} valid=1s ipv6=off"),
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("listen [::]:80;", f"listen [::1]:{port};" if HAS_IPV6 else ""),
        ("listen 443 ssl;", f"listen 127.0.0.1:{tls_port} ssl;"),
        ("listen [::]:443 ssl;", f"listen [::1]:{tls_port} ssl;" if HAS_IPV6 else ""),
    ]
    for each in (ROOT / "config/deploy/nginx").iterdir():
        text = each.read_text()
        for old, new in led:
            text = text.replace(old, new)
        (folder / each.name).write_text(text)
    temporary = "".join(
        f"{name}_temp_path {folder}/{name}; " for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = (
        (folder / "nginx.conf")
        .read_text()
        .replace("user nginx;", "user root;")
        .replace("http {", f"http {{ {temporary}")
    )
    whole = whole.replace("/var/run/nginx.pid", f"{folder}/pid").replace("/var/log/nginx", str(folder))
    whole = whole.replace(f"{folder}/mime.types", "/etc/nginx/mime.types").replace(
        "conf.d/*.conf", f"{front}.conf"
    )
    (folder / "nginx.conf").write_text(whole)
    return ["/usr/sbin/nginx", "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]


LETTER = urllib.parse.urlencode({"text": "某厂夜里排放烟尘，请来看看。"}).encode()


def ask(house, path, at="127.0.0.1", data=None, **headers):
    request = urllib.request.Request(f"http://{at}:{house.port}{path}", data=data, headers=headers)
    try:
        answer = urllib.request.urlopen(request, timeout=20)
    except urllib.error.HTTPError as refused:
        answer = refused
    except OSError:
        return SimpleNamespace(status=0, headers={}, body=b"")
    return SimpleNamespace(status=answer.status, headers=answer.headers, body=answer.read())
