"""Runners that break one rule each: the reference, with a piece of it replaced."""

REST = "\nfrom labtui.hostrunner.main import main\nimport sys\nsys.exit(main())\n"

EDIT_EVENTS = """
from dataclasses import replace
from labtui.core.protocol import *
from labtui.hostrunner.reporter import Reporter
send = Reporter.send
def edited(self, event):
    {edit}
Reporter.send = edited
"""


def editing(edit: str) -> str:
    """Return a runner that treats each event its own way before it is sent."""
    return EDIT_EVENTS.format(edit=edit.replace("\n", "\n    ")) + REST


BROKEN: dict[str, tuple[str, set[str]]] = {
    "drops a sample": (
        editing(
            "if isinstance(event, Samples):\n"
            "    event = replace(event, durations_ns=event.durations_ns[:-1], offsets_us=None)\n"
            "send(self, event)"
        ),
        {"stream", "indices", "counts"},
    ),
    "repeats an index": (
        editing(
            "if isinstance(event, Samples): event = replace(event, first_index=0)\n"
            "send(self, event)"
        ),
        {"stream", "indices"},
    ),
    "counts one too many": (
        editing(
            "if isinstance(event, End): event = replace(event, measured=event.measured + 1)\n"
            "send(self, event)"
        ),
        {"stream", "counts"},
    ),
    "greets twice": (
        editing("send(self, event)\nif isinstance(event, Hello): send(self, event)"),
        {"stream", "order"},
    ),
    "goes on after the end": (
        editing("send(self, event)\nif isinstance(event, End): send(self, event)"),
        {"stream", "order"},
    ),
    "forgets the outputs": (
        editing("if not isinstance(event, Outputs): send(self, event)"),
        {"order", "seeded-floats", "dequantised"},
    ),
    "does not say that it was stopped": (
        editing(
            "if isinstance(event, End): event = replace(event, is_stopped=False)\nsend(self, event)"
        ),
        {"stop-eof"},
    ),
    "starts samples too early": (
        editing(
            "if isinstance(event, Samples): event = replace(event, t0_ns=event.t0_ns - 10**9)\n"
            "send(self, event)"
        ),
        {"times"},
    ),
    "answers for another accelerator": (
        editing(
            "if hasattr(event, 'asked'): event = replace(event, asked='npu')\nsend(self, event)"
        ),
        {"placement"},
    ),
    "writes to the host itself": (
        "import os\nfrom labtui.hostrunner.reporter import Reporter\n"
        "from labtui.core.protocol import encode_event\n"
        "Reporter.send = lambda self, event: os.write(self._fd, encode_event(event))" + REST,
        {"slow-reader", "raw-file"},
    ),
    "chats on stdout": ("print('Loading model ...', flush=True)" + REST, {"stdout"}),
    "keeps samples back": (
        "from labtui.hostrunner import phases\nphases.BATCH_NS = 1_000_000_000" + REST,
        {"batches", "punctual"},
    ),
    "flushes at the end only": (
        "import os\nfrom labtui.hostrunner.reporter import Reporter\n"
        "held, close = [], Reporter.close\n"
        "Reporter._write = lambda self, line: held.append(line) or True\n"
        "Reporter.close = lambda self: (close(self), os.write(self._fd, b''.join(held)))" + REST,
        {"punctual"},
    ),
    "is never alive": (
        "from labtui.hostrunner import reporter\nreporter.ALIVE_S = 100.0" + REST,
        {"alive"},
    ),
    "uses another seed": (
        "from labtui.hostrunner import launch\nseeded = launch.seeded_inputs\n"
        "launch.seeded_inputs = lambda specs, seed: seeded(specs, seed + 1)" + REST,
        {"seeded-floats", "seeded-types", "dequantised"},
    ),
    "starts each input anew": (
        "from labtui.hostrunner import launch\nseeded = launch.seeded_inputs\n"
        "launch.seeded_inputs = lambda specs, seed: [seeded([s], seed)[0] for s in specs]" + REST,
        {"seeded-types"},
    ),
    "shows raw values": (
        "from labtui.hostrunner import interpreter\n"
        "interpreter.dequantised = lambda raw, spec: raw" + REST,
        {"dequantised", "eval-quantised"},
    ),
    "ignores unknown fields": (
        "from labtui.core.protocol import job\njob._only = lambda record, known: None" + REST,
        {"refuses-unknown-field", "refuses-unknown-engine-field"},
    ),
    "calls every bad job alike": (
        "from labtui.hostrunner import serve\nserve.ProtocolMismatch = ZeroDivisionError" + REST,
        {"refuses-newer-protocol"},
    ),
    "does not look at the digest": (
        "from labtui.hostrunner.launch import Launch\nLaunch._verify = lambda self: None" + REST,
        {"refuses-digest-mismatch"},
    ),
    "falls back in silence": (
        "from dataclasses import replace\n"
        "from labtui.hostrunner.interpreter import InterpreterEngine as E\nload = E.load\n"
        "E.load = lambda s, path, options: load(s, path, replace(options, accelerator='cpu'))"
        + REST,
        {"refuses-accelerator-missing"},
    ),
    "warms up once more": (
        "from labtui.hostrunner import launch\n"
        "class Late(launch.SteadyRule):\n"
        "    over = False\n"
        "    def __call__(self, *args):\n"
        "        was, self.over = self.over, self.over or super().__call__(*args)\n"
        "        return was\n"
        "launch.SteadyRule = Late" + REST,
        {"warmup-fixed", "warmup-max-runs", "warmup-steady"},
    ),
    "is steady after one window": (
        "from labtui.hostrunner.phases import SteadyRule\n"
        "SteadyRule._is_steady = lambda self: True" + REST,
        {"warmup-steady", "warmup-max-runs"},
    ),
    "measures one too few": (
        "from labtui.hostrunner import launch\nfrom dataclasses import replace\n"
        "rule = launch.MeasureRule\n"
        "launch.MeasureRule = lambda m, start: rule(\n"
        "    replace(m, runs=m.runs and max(m.runs - 1, 1), seconds=m.seconds and m.seconds / 2),\n"
        "    start)" + REST,
        {"measure-runs", "measure-seconds"},
    ),
    "knows no rate": (
        "from labtui.hostrunner.phases import Sampler\nrun = Sampler.run\n"
        "Sampler.run = lambda self, done, is_warmup, rate_hz=None: "
        "run(self, done, is_warmup=is_warmup)" + REST,
        {"rate"},
    ),
    "tells microseconds": (
        editing(
            "names = ('mono_ns', 'boot_ns', 't_ns', 't0_ns', 'init_ns', 'first_ns')\n"
            "told = {n: getattr(event, n) // 1000 for n in names if hasattr(event, n)}\n"
            "if isinstance(event, Samples):\n"
            "    told['durations_ns'] = tuple(ns // 1000 for ns in event.durations_ns)\n"
            "send(self, replace(event, **told))"
        ),
        {"clock"},
    ),
    "ignores every stop": (
        "from labtui.hostrunner.control import Control\nControl.stop = lambda self: None" + REST,
        {"stop-eof", "stop-sigterm", "stop-reader"},
    ),
    "dies of signals": (
        "from contextlib import nullcontext\nfrom labtui.hostrunner.control import Control\n"
        "Control.signals = lambda self: nullcontext()" + REST,
        {"stop-sigterm", "stop-sighup", "stop-sigint"},
    ),
    "keeps no raw file": (
        "from labtui.hostrunner.reporter import Reporter\n"
        "Reporter._keep = lambda self, line: None" + REST,
        {"raw-file", "killed", "stop-reader"},
    ),
    "always fails": (
        "import sys\nfrom labtui.hostrunner.main import main\nmain()\nsys.exit(5)",
        {"starts", "no-job", "refuses-not-json"},
    ),
    "always succeeds": (
        "from labtui.hostrunner.main import main\nmain()",
        {"no-job", "refuses-model-missing", "refuses-nan"},
    ),
    "crashes on bad models": (
        "import os\nfrom labtui.hostrunner import interpreter\n"
        "interpreter._load_failure = lambda path, text: os.abort()" + REST,
        {"refuses-cut-model", "refuses-unknown-op"},
    ),
    "controls with XNNPACK": (
        "from labtui.hostrunner import after\nafter.control_options = lambda asked: asked" + REST,
        {"control"},
    ),
    "says nothing of what it cannot do": (
        "from labtui.hostrunner.after import AfterMeasuring\n"
        "AfterMeasuring.run = lambda self, open_engine: None" + REST,
        {"control", "profile", "eval-floats"},
    ),
    "rounds half up": (
        "import numpy as np\nfrom labtui.hostrunner import fitting\n"
        "np.rint = lambda x: np.floor(x + 0.5)" + REST,
        {"eval-quantised"},
    ),
    "mixes up the layouts": (
        "from labtui.hostrunner import eval_set\nfrom labtui.core.protocol import Layout\n"
        "fit = eval_set.fitting\n"
        "eval_set.fitting = lambda s, i, d, layout, n: fit(s, i, d, Layout.NCHW, n)" + REST,
        {"eval-nhwc"},
    ),
    "takes any eval set": (
        "from labtui.hostrunner import npy\nnpy.ELEMENT_TYPES |= {'object', 'float64'}\n"
        "npy.Digest = str\n"
        "from labtui.core.model import Digest\n"
        "npy.NpyItems.__init__ = (lambda init: lambda self, path, digest: init(\n"
        "    self, path, __import__('hashlib').sha256(path.read_bytes()).hexdigest()))"
        "(npy.NpyItems.__init__)" + REST,
        {"refuses-set-digest"},
    ),
    "uses any CPU": (
        "from labtui.hostrunner import launch\nlaunch.keep_to_cpus = lambda mask: None" + REST,
        {"affinity", "refuses-mask-without-cpu"},
    ),
    "keeps XNNPACK": (
        "from ai_edge_litert import interpreter as i\n"
        "class AlwaysOn:\n    AUTO = BUILTIN_WITHOUT_DEFAULT_DELEGATES = i.OpResolverType.AUTO\n"
        "make = i.Interpreter\n"
        "i.Interpreter = lambda **o: make(**(o | {'experimental_op_resolver_type': AlwaysOn.AUTO}))"
        + REST,
        {"xnnpack-off"},
    ),
    "says nothing at all": ("", {"starts", "order", "stream", "no-job"}),
    "hangs": ("import time\ntime.sleep(600)", {"starts", "job-in-pieces"}),
    "floods": (
        "import sys\nwhile True: sys.stdout.write('{' * 65536 + '\\n')",
        {"starts", "stdout", "refuses-nan"},
    ),
}
"""What it does wrong: its program, and the checks that must say so."""
