"""A phone for the tests: a browser whose profile outlives its process, tapped by
the page's own means alone."""

import os
import signal
import socket
import subprocess
import time
from contextlib import suppress

from PIL import Image
from playwright.sync_api import Error

from inspections.case import opening

from ..servers import free_port
from .conftest import FLAGS

_POLICY = "Content Security Policy"
PHONE = {"width": 390, "height": 844}


def photo(path, size=(1600, 1200), colour="#486"):
    Image.new("RGB", size, colour).save(path, "JPEG", quality=90)
    return path


class Phone:
    """A browser with a profile that outlives its process."""

    def __init__(self, driver, program, folder, base, flags=()):
        self.flags, self.driver, self.program, self.folder, self.base, self.taps = (
            flags,
            driver,
            program,
            folder,
            base,
            0,
        )
        self.port = free_port()
        self.blocked = []  # what the page's own policy has refused it

    def open(self, offline=False, path="/desk/field/"):
        arguments = [
            *FLAGS,
            *self.flags,
            f"--user-data-dir={self.folder}",
            f"--remote-debugging-port={self.port}",
            "--headless",
            "about:blank",
        ]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen([self.program, *arguments], start_new_session=True, **quiet)
        self.context = self._connect().contexts[0]
        self.page = self.context.pages[0] if self.context.pages else self.context.new_page()
        self.page.set_viewport_size(PHONE)
        self.page.on("console", lambda said: self.blocked.append(said.text) if _POLICY in said.text else None)
        self.context.set_offline(offline)
        self.page.goto(self.base + path)
        return self.page

    def _connect(self):
        for _ in range(60):
            with suppress(OSError, Error):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self.driver.chromium.connect_over_cdp(f"http://127.0.0.1:{self.port}")
            time.sleep(0.25)
        raise RuntimeError("the browser does not answer")

    def kill(self):
        """SIGKILL on the browser and all it started: what was not on the disk is gone."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
        assert not self.blocked, self.blocked

    def find(self, css, text="", visible=True):
        """The middle of the first such element once it is there, scrolled to. Asked by the page's own means
        alone: the driver's would need a newer browser than ours."""
        for _ in range(120):
            with suppress(Error):
                if at := self.page.evaluate(_FIND, [css, text, visible]):
                    return at
            time.sleep(0.25)
        raise AssertionError((css, text, self.page.evaluate("document.body.innerText")))

    def tap(self, css, text=""):
        self.taps += 1
        at = self.find(css, text)
        self._mouse(at["x"], at["y"], "mousePressed", "mouseReleased")

    def _mouse(self, x, y, *kinds):
        session = self.context.new_cdp_session(self.page)
        for kind in kinds:
            session.send(
                "Input.dispatchMouseEvent",
                {"type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1},
            )
        session.detach()

    def fill(self, css, text, value):
        """A tap into the field, unless the page has put one there, then typing."""
        self.find(css, text)
        if not self.page.evaluate("(css) => document.activeElement.matches(css)", css):
            self.tap(css, text)
        self.page.evaluate(
            "(value) => { const it = document.activeElement; it.value = value; it.dispatchEvent(new "
            "Event('input', {bubbles: true})); }",
            value,
        )

    def attach(self, css, path):
        """Once more if the page was drawn anew between finding the field and giving it the file: then nothing
        was given."""
        for _ in range(20):
            self.find(css, visible=False)
            session = self.context.new_cdp_session(self.page)
            root = session.send("DOM.getDocument")["root"]["nodeId"]
            node = session.send("DOM.querySelector", {"nodeId": root, "selector": css})["nodeId"]
            try:
                session.send("DOM.setFileInputFiles", {"nodeId": node, "files": [str(path)]})
            except Error as error:
                if "Could not find node" not in str(error):
                    raise
            else:
                return
            finally:
                session.detach()
        raise AssertionError((css, "was drawn anew each time"))

    def sign_in(self, name):
        self.page.goto(self.base + "/login/?next=/desk/field/")
        for css, value in (("#id_username", name), ("#id_password", "pw-for-tests")):
            self.fill(css, "", value)
        self.tap("main button")
        self.find("h1", "我的任务")
        self.taps = 0

    def take_along(self):
        """Until the worker has the page and the tasks are on the phone."""
        self.find("p.soft", "任务取自")
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        self.page.wait_for_timeout(800)

    def begin(self, case):
        """At the gate: four acts, each stamped; then the checklist."""
        self.tap(f"[data-case='{case.token}'] button", "到了，开始检查")
        self.act()

    def act(self, met="何某"):
        """Cards shown, no code to be scanned, the notice, the rights told."""
        self.tap("[data-act=shown] button")
        self.tap("[data-act=code] button", "没有扫成")
        self.fill("#met", "", met)
        self.tap("[data-act=notice] button", "对方收下")
        self.tap("[data-act=rights] button")
        self.find("[data-line]")

    def answer(self, case, fails=(), paths=(), only=None):
        """Every line, then what the violated ones ask for."""
        for line in opening.lines_of(case):
            if only is None or line["key"] in only:
                value = "fail" if line["key"] in fails else "pass"
                self.tap(f"[data-line='{line['key']}'] [data-value={value}]")
        self.find_out(fails, paths)

    def find_out(self, fails, paths=()):
        """What was seen at a violated line, and a photo of it."""
        for key, path in zip(fails, paths, strict=False):
            card = f"[data-line='{key}']"
            self.fill(f"{card} textarea", "", "现场看到的情况")
            self.taps += 3  # open the camera, take, use
            self.attach(f"{card} input[type=file]", path)
            self.find(f"{card} .shots img")
            self.see(f"{card} .shots img")

    def read(self):
        """The record as it will read."""
        self.tap("button", "看一遍再签")
        self.find("article.paper")

    def sign(self, signers=3):
        """Everybody who is asked signs, one after the other."""
        self.tap("button", "看完了，开始签名")
        for _ in range(signers):
            self.draw()

    def hand_in(self):
        self.tap("button", "离开现场，交上去")

    def see(self, css):
        """A picture is there when its pixels are."""
        self.find(css)
        for _ in range(40):
            if self.page.evaluate("(css) => (document.querySelector(css) || {}).naturalWidth", css):
                return
            time.sleep(0.25)
        raise AssertionError(f"{css} shows nothing")

    def draw(self):
        """A name on the pad, and on to the next."""
        at, before = self.find("canvas.pad"), self.page.evaluate("location.hash")
        self._mouse(at["x"] - 90, at["y"], "mousePressed")
        for step in range(10):
            self._mouse(at["x"] - 90 + 18 * step, at["y"] - 40 + 8 * step, "mouseMoved")
        self._mouse(at["x"] + 90, at["y"] + 40, "mouseReleased")
        for _ in range(
            2
        ):  # a machine that is busy with five lanes may lose a tap: who sees nothing taps again
            self.tap("button", "签好了")
            for _ in range(100):
                if self.page.evaluate("location.hash") != before:
                    return
                time.sleep(0.1)
        raise AssertionError(self.page.evaluate("document.body.innerText"))


_FIND = """([css, text, visible]) => {
  for (const each of document.querySelectorAll(css)) {
    if (text && !each.textContent.includes(text)) continue;
    if (visible) each.scrollIntoView({ block: "center" });
    const box = each.getBoundingClientRect();
    if (!visible || (box.width && box.height)) return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }
  return null;
}"""
