"""Peak memory of the JupyterLab server, the kernel and the workers together, on the start notebook.

On Linux this is the proportional set size (PSS): pages that processes share are counted once, split
among them. Elsewhere it is the unique set size (USS), which leaves shared pages out. The browser is
not counted: with Binder, it runs on another machine.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

import psutil

from tests.benchmarks.served import lab_and_browser, start_notebook

if TYPE_CHECKING:
    from tests.ui.lab_server import LabServer

GOAL_MB = 700
EVERY_SECONDS = 0.1
MB = 1e6
MEASURE = "pss" if psutil.LINUX else "uss"


def part(process: psutil.Process, server: int) -> str:
    """Say what a process of the tree is: the server, a kernel, or what a kernel started."""
    if process.pid == server:
        return "server"
    return "kernel" if "ipykernel_launcher" in process.cmdline() else "workers"


def memory_now(server: int) -> Counter[str]:
    """Return the bytes of each part, and how many workers there are."""
    root = psutil.Process(server)
    held: Counter[str] = Counter()
    for process in [root, *root.children(recursive=True)]:
        try:
            name = part(process, server)
            held[name] += getattr(process.memory_full_info(), MEASURE)
            held["processes"] += 1
        except psutil.NoSuchProcess:
            continue
    return held


def total(held: Counter[str]) -> float:
    return (held["server"] + held["kernel"] + held["workers"]) / MB


def sentence(held: Counter[str]) -> str:
    parts = ", ".join(f"{name} {held[name] / MB:.0f}" for name in ("server", "kernel", "workers"))
    return f"{total(held):.0f} MB {MEASURE.upper()} ({parts}; {held['processes']} processes)"


class Watch(threading.Thread):
    """Samples the memory until told to stop, and keeps the largest sample."""

    def __init__(self, server: LabServer) -> None:
        super().__init__(daemon=True)
        self.server = server.process.pid
        self.over = threading.Event()
        self.peak: Counter[str] = Counter()
        self.samples = 0

    def run(self) -> None:
        while not self.over.wait(EVERY_SECONDS):
            held = memory_now(self.server)
            self.samples += 1
            if total(held) > total(self.peak):
                self.peak = held


def main() -> None:
    with lab_and_browser() as (server, browser), start_notebook(server, browser) as page:
        idle = memory_now(server.process.pid)
        watch = Watch(server)
        watch.start()
        page.run_all(240)
        page.page.wait_for_timeout(3000)
        watch.over.set()
        watch.join()
        print(f"before Run All:          {sentence(idle)}")
        print(f"peak of {watch.samples:4d} samples:    {sentence(watch.peak)}   goal {GOAL_MB} MB")
        print(f"after, notebook open:    {sentence(memory_now(server.process.pid))}")


if __name__ == "__main__":
    main()
