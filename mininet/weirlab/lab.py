# SPDX-License-Identifier: Apache-2.0
"""Builds the lab, keeps its programs running, and takes it down again whatever happens."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from weirlab import envoy, nodes, switches
from weirlab.api import Api, ApiError
from weirlab.plan import Plan, PlanError, Sidecar, Workload, World, make_plan
from weirlab.processes import Child, EarlyEnd, Ledger, Recorded, end_all, start_time, write_json

API_SECONDS = 60.0
POLL_SECONDS = 0.1
# A program that ends so soon, so often in a row, is not started again.
EARLY_SECONDS = 5.0
EARLY_ENDS = 5


class Stopped(Exception):
    """Someone asked the lab to end."""


class LabError(Exception):
    """The lab cannot run; the message says why."""


# What goes wrong with a reason that a user can act on.
EXPECTED_ERRORS = (
    LabError,
    PlanError,
    ApiError,
    EarlyEnd,
    switches.SwitchError,
    envoy.EnvoyError,
)


@dataclass(frozen=True)
class Options:
    state: Path
    api: str
    switch: str
    soft_switch: list[str]
    pipeline: str
    sidecars: int
    checkout: Path
    xds: Path
    server_log: bool
    parent: int | None

    @property
    def lab_file(self) -> Path:
        return self.state / "lab.json"


@contextlib.contextmanager
def only_one(state: Path) -> Iterator[None]:
    """One lab, or one clean-up, for a state directory at a time."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / "lab.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabError(f"a lab with state {state} is running; end it first") from None
        yield


def clean(state: Path) -> list[str]:
    """Ends and removes what labs of this state directory have left; says what that was."""
    ledger = Ledger(state / "processes.jsonl")
    found = [f"process {ended.pid} ({ended.name})" for ended in end_all(ledger.alive())]
    ledger.clear()
    prefix = nodes.interface_prefix(state)
    found += [f"interface {name}" for name in nodes.delete_interfaces(prefix)]
    for path in [state / "lab.json", *(state / "envoy").glob("*.sock")]:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
    return found


class Lab:
    def __init__(self, options: Options) -> None:
        self._options = options
        self._ledger = Ledger(options.state / "processes.jsonl")
        self._net: nodes.LabNet | None = None
        self._hosts: dict[str, nodes.LabHost] = {}
        self._children: dict[str, Child] = {}
        self._started: dict[str, float] = {}
        self._early_ends: dict[str, int] = {}
        self._given_up: set[str] = set()
        self._plan: Plan | None = None
        self._grpc = ""

    def run(self) -> None:
        """Returns when asked to end, with everything removed."""
        try:
            self._watch_signals()
            with only_one(self._options.state):
                try:
                    self._build()
                    self._supervise()
                finally:
                    _ignore_signals()
                    self._tear_down()
        except Stopped:
            pass

    def _watch_signals(self) -> None:
        def stop(_number: int, _frame: object) -> None:
            _ignore_signals()
            raise Stopped

        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, stop)

    def _build(self) -> None:
        options = self._options
        for leftover in clean(options.state):
            _say(f"removed what an earlier lab left: {leftover}")
        for record in (options.state / "servers").glob("*.jsonl"):
            record.unlink()
        binary = envoy.find_envoy(options.checkout)
        api = Api(options.api)
        api.await_ready(API_SECONDS)
        plan = make_plan(api.pods(), options.sidecars)
        self._plan = plan
        for workload in plan.workloads:
            if workload.assigned:
                api.put_addresses(workload, plan.pods[workload.name])
        _say(f"{len(plan.workloads)} workloads, {len(plan.sidecars)} sidecars, the world")

        self._net = nodes.LabNet(nodes.interface_prefix(options.state), self._ledger)
        hosts_file = options.state / "hosts"
        hosts_file.write_text(plan.hosts_file())
        for node in plan.nodes():
            host = self._net.add_host(node.port, node.mac)
            host.set_up(node.addresses, hosts_file)
            self._hosts[node.name] = host
        ports = [node.port for node in plan.nodes()]
        self._net.set_up_switch_ports(ports)
        _say("namespaces and links are set up")

        self._start_switch({port: self._net.interface(port) for port in ports})
        for sidecar in plan.sidecars:
            self._start_envoy(sidecar, binary)
        for served in plan.served():
            self._start_server(served)
        for name, child in self._children.items():
            if name.startswith("server "):
                child.await_ready_line()
        _say("servers are listening")
        try:
            switches.await_listening(self._grpc, self._running("switch"))
        except switches.SwitchError as error:
            words = self._children["switch"].last_words()
            raise switches.SwitchError(f"{error}\n{words}") from error
        _say(f"switch {options.switch} serves P4Runtime on {self._grpc}")
        api.put_fabric(plan, self._grpc, options.pipeline)
        for sidecar in plan.sidecars:
            envoy.await_admin(self._admin_socket(sidecar.name), self._running(sidecar.name))
        self._write_lab_file()
        _say("the lab is up")

    def _start_switch(self, interfaces: dict[int, str]) -> None:
        options = self._options
        self._grpc = f"127.0.0.1:{switches.free_port()}"
        argv = switches.command(options.switch, options.soft_switch, interfaces, self._grpc)
        self._start(Child("switch", argv, options.state / "log" / "switch.log", self._ledger))

    def _start_envoy(self, sidecar: Sidecar, binary: Path) -> None:
        state = self._options.state
        configuration = state / "envoy" / f"{sidecar.name}.json"
        admin_socket = self._admin_socket(sidecar.name)
        envoy.write_bootstrap(configuration, sidecar.name, admin_socket, self._options.xds)
        self._start(
            Child(
                sidecar.name,
                envoy.command(binary, configuration),
                state / "log" / f"{sidecar.name}.log",
                self._ledger,
                inside=self._pid_of(sidecar.name),
            )
        )

    def _start_server(self, node: Workload | World) -> None:
        served = [port for port in node.ports if port.application != "none"]
        argv = [sys.executable, str(Path(__file__).parent.parent / "echo_server.py")]
        argv += ["--with-parent", "--name", node.name]
        for port in served:
            argv += ["--port", f"{port.number}/{port.application}"]
        for address in node.addresses:
            argv += ["--address", str(address)]
        if self._options.server_log:
            self._server_log(node.name).parent.mkdir(exist_ok=True)
            argv += ["--log", str(self._server_log(node.name))]
        if not served:
            return
        child = Child(
            f"server {node.name}",
            argv,
            self._options.state / "log" / f"{_file_name(node.name)}.log",
            self._ledger,
            inside=self._pid_of(node.name),
            ready_line=True,
        )
        self._start(child)

    def _start(self, child: Child) -> None:
        child.start()
        self._children[child.name] = child
        self._started[child.name] = time.monotonic()

    def _running(self, name: str) -> Any:
        return lambda: self._children[name].exit_code() is None

    def _pid_of(self, host: str) -> Any:
        return lambda: self._hosts[host].pid

    def _admin_socket(self, sidecar: str) -> Path:
        return self._options.state / "envoy" / f"{sidecar}.sock"

    def _server_log(self, workload: str) -> Path:
        return self._options.state / "servers" / f"{_file_name(workload)}.jsonl"

    def _supervise(self) -> None:
        """Until someone asks for the end: starts again what ends by itself."""
        parent = self._options.parent
        parent_process = None
        if parent is not None:
            parent_process = Recorded(parent, start_time(parent) or -1, "parent")
        while True:
            time.sleep(POLL_SECONDS)
            if parent_process is not None and not parent_process.alive():
                _say(f"process {parent} has ended, and so does the lab")
                raise Stopped
            changed = False
            for name, child in self._children.items():
                if name not in self._given_up and child.exit_code() is not None:
                    self._restart(child)
                    changed = True
            if changed:
                self._write_lab_file()

    def _restart(self, child: Child) -> None:
        early = time.monotonic() - self._started[child.name] < EARLY_SECONDS
        self._early_ends[child.name] = self._early_ends.get(child.name, 0) + 1 if early else 0
        words = child.last_words()
        if self._early_ends[child.name] >= EARLY_ENDS:
            self._given_up.add(child.name)
            _say(f"{child.name} keeps ending (exit {child.exit_code()}); given up\n{words}")
            return
        _say(f"{child.name} has ended (exit {child.exit_code()}); started again")
        child.start()
        self._started[child.name] = time.monotonic()

    def _write_lab_file(self) -> None:
        plan = self._plan
        assert plan is not None
        write_json(
            self._options.lab_file,
            {
                "pid": os.getpid(),
                "workloads": {node.name: self._workload_json(node) for node in plan.served()},
                "sidecars": {
                    sidecar.name: {
                        "pid": self._hosts[sidecar.name].pid,
                        "envoyPid": self._children[sidecar.name].pid,
                        "adminSocket": str(self._admin_socket(sidecar.name)),
                        "addresses": [str(address) for address in sidecar.addresses],
                        "port": sidecar.port,
                        "mac": sidecar.mac,
                    }
                    for sidecar in plan.sidecars
                },
                "switch": {
                    "pid": self._children["switch"].pid,
                    "kind": self._options.switch,
                    "pipeline": self._options.pipeline,
                    "grpc": self._grpc,
                    "interfaces": nodes.interface_prefix(self._options.state),
                },
                "givenUp": sorted(self._given_up),
            },
        )

    def _workload_json(self, node: Workload | World) -> dict[str, Any]:
        server = self._children.get(f"server {node.name}")
        return {
            "pid": self._hosts[node.name].pid,
            "addresses": [str(address) for address in node.addresses],
            "ports": [port.to_json() for port in node.ports],
            "port": node.port,
            "mac": node.mac,
            "sidecar": node.sidecar if isinstance(node, Workload) else None,
            "serverPid": server.pid if server else None,
            "serverLog": str(self._server_log(node.name)) if self._options.server_log else None,
        }

    def _tear_down(self) -> None:
        """Programs first, then namespaces and links, then whatever should still be there."""
        self._options.lab_file.unlink(missing_ok=True)
        children = [child for child in self._children.values() if child.exit_code() is None]
        end_all(Recorded(child.pid, start_time(child.pid) or -1, child.name) for child in children)
        for child in children:
            child.exit_code()
        if self._net is not None:
            try:
                self._net.stop()
            except Exception as error:  # What it did not remove is removed below.
                _say(f"Mininet: {error}")
        clean(self._options.state)
        _say("the lab is down")


def _ignore_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _file_name(workload: str) -> str:
    return workload.replace("/", "_")


def _say(text: str) -> None:
    # Whoever read this may have gone, and the lab goes on.
    with contextlib.suppress(OSError):
        print(f"lab: {text}", flush=True)
