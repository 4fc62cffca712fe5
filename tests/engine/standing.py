"""The public's two verifiers as standing processes: each call runs the whole file anew, only the start of the
interpreter is saved. That the commands themselves work is shown in test_command_line.py."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Read a line of arguments, run the file as its own main program, answer with the exit code and what it said.
_PYTHON = """
import contextlib, io, json, sys
path = sys.argv[1]
code = compile(open(path, encoding="utf-8").read(), path, "exec")
for line in sys.stdin:
    sys.argv, out, err = [path, *json.loads(line)], io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            exec(code, {"__name__": "__main__", "__file__": path})
        ended = 0
    except SystemExit as gone:
        ended = gone.code or 0
    print(json.dumps([ended, out.getvalue(), err.getvalue()]), flush=True)
"""
_NODE = """
const fs = require("fs"), vm = require("vm"), path = process.argv[1], readline = require("readline");
const script = new vm.Script(fs.readFileSync(path, "utf8"), {filename: path});
readline.createInterface({input: process.stdin}).on("line", (line) => {
  const said = [], main = {exports: {}}, gone = {}, load = (name) => require(name);
  load.main = main;
  let ended = 0;
  const world = vm.createContext({
    module: main, require: load, console: {log: (text) => said.push(text + "\\n")},
    Uint8Array, TextDecoder, TextEncoder,
    process: {argv: ["node", path, ...JSON.parse(line)], exit: (code) => { ended = code; throw gone; }},
  });
  try { script.runInContext(world); } catch (thrown) {
    if (thrown !== gone) {
      console.log(JSON.stringify([70, said.join(""), String(thrown && thrown.stack)]));
      return;
    }
  }
  console.log(JSON.stringify([ended, said.join(""), ""]));
});
"""
COMMANDS = {
    "verify.py": [sys.executable, "-I", "-S", "-c", _PYTHON, str(ROOT / "inspections/engine/verify.py")],
    "verify.js": ["node", "-e", _NODE, str(ROOT / "static/js/verify.js")],
}


class Standing:
    """One verifier that stays up."""

    def __init__(self, name):
        self.process = subprocess.Popen(
            COMMANDS[name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, *arguments):
        """The arguments of one call in; (exit code, what it printed, what it complained of) out."""
        self.process.stdin.write(json.dumps([str(each) for each in arguments]) + "\n")
        self.process.stdin.flush()
        return tuple(json.loads(self.process.stdout.readline()))

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)
