# SPDX-License-Identifier: Apache-2.0
"""Processes that the lab starts, each recorded so that a later run can end what is left of them."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

PR_SET_PDEATHSIG = 1
# A JVM and Envoy end well within this; what does not is killed.
STOP_SECONDS = 5.0

_libc = ctypes.CDLL(None)


def die_with_parent() -> None:
    """For a child between fork and exec: whatever ends the lab ends the child."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start_time(pid: int) -> int | None:
    """In clock ticks since boot; with the id it names one process for ever. None when gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else int(fields[19])


@dataclass(frozen=True)
class Recorded:
    """A process id with the moment it began, since ids are used again."""

    pid: int
    started: int
    name: str

    def alive(self) -> bool:
        return start_time(self.pid) == self.started


class Ledger:
    """The file of all processes that one state directory's labs have started."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, pid: int, name: str) -> None:
        started = start_time(pid)
        if started is None:
            return
        line = json.dumps({"pid": pid, "started": started, "name": name}) + "\n"
        with self._path.open("a") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def alive(self) -> list[Recorded]:
        try:
            lines = self._path.read_text().splitlines()
        except FileNotFoundError:
            return []
        found: list[Recorded] = []
        for line in lines:
            try:
                entry = json.loads(line)
                recorded = Recorded(entry["pid"], entry["started"], entry["name"])
            except (ValueError, KeyError):
                continue  # A line cut off by a crash names a process that dies with its parent.
            if recorded.alive():
                found.append(recorded)
        return found

    def clear(self) -> None:
        self._path.unlink(missing_ok=True)


def _signal(process: Recorded, number: int) -> None:
    """To the whole group where the process leads one."""
    try:
        if os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, number)
        else:
            os.kill(process.pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def end_all(processes: Iterable[Recorded]) -> list[Recorded]:
    """Asks each to end, kills what has not within the time; returns those it had to end."""
    alive = [process for process in processes if process.alive()]
    for process in alive:
        _signal(process, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while any(process.alive() for process in alive):
        if time.monotonic() > deadline:
            for process in alive:
                if process.alive():
                    _signal(process, signal.SIGKILL)
            break
        time.sleep(0.02)
    return alive


class EarlyEnd(Exception):
    """A program ended where it should have begun; the message holds its last words."""


class Child:
    """One program of the lab: in a host's namespaces or in the machine's, output to a file."""

    def __init__(
        self,
        name: str,
        argv: list[str],
        log: Path,
        ledger: Ledger,
        inside: Callable[[], int] | None = None,
        env: Mapping[str, str] | None = None,
        ready_line: bool = False,
    ) -> None:
        """`inside`: gives the process whose network and mount namespaces it runs in."""
        self.name = name
        self._argv = argv
        self._log = log
        self._ledger = ledger
        self._inside = inside
        self._env = env
        self._ready_line = ready_line
        self._popen: subprocess.Popen[bytes] | None = None
        self.starts = 0

    @property
    def pid(self) -> int:
        assert self._popen is not None
        return self._popen.pid

    def start(self) -> None:
        argv = self._argv
        if self._inside is not None:
            argv = ["mnexec", "-a", str(self._inside()), *argv]
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab" if self.starts else "wb") as log:
            self._popen = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if self._ready_line else log,
                stderr=log,
                env=None if self._env is None else {**os.environ, **self._env},
                start_new_session=True,
                # Safe: the lab has one thread.
                preexec_fn=die_with_parent,
            )
        self.starts += 1
        self._ledger.add(self.pid, self.name)

    def await_ready_line(self) -> None:
        """Waits for the first line that it prints."""
        assert self._popen is not None and self._popen.stdout is not None
        stdout: IO[bytes] = self._popen.stdout
        if not stdout.readline():
            raise EarlyEnd(f"{self.name} ended at once:\n{self.last_words()}")

    def exit_code(self) -> int | None:
        return None if self._popen is None else self._popen.poll()

    def last_words(self, lines: int = 8) -> str:
        try:
            text = self._log.read_text(errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-lines:])


def write_json(path: Path, value: Any) -> None:
    """Whole or not at all: readers never see half of it."""
    partial = path.with_suffix(path.suffix + ".partial")
    partial.write_text(json.dumps(value, indent=1) + "\n")
    partial.replace(path)
