"""The `azure-simulator` command."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from azure_simulator import simulator_process
from azure_simulator.samples import FAULTS
from azure_simulator.settings import Latency, Options

DEFAULT_STATE_DIR = ".rehearsal"
DEFAULT_TIME_SCALE = 0.01


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code (0 done, 1 failed, 3 `status` and nothing runs)."""
    options = _parser().parse_args(arguments)
    state_dir = Path(options.state_dir).absolute()
    try:
        return int(options.run(state_dir, options))
    except (simulator_process.LifecycleError, OSError) as error:
        print(f"azure-simulator: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="azure-simulator", description="A local Azure on loopback addresses.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--state-dir", default=DEFAULT_STATE_DIR, metavar="DIR", help="default: %(default)s")

    start = commands.add_parser("start", parents=[shared], help="start, and return when it answers")
    start.add_argument("--port", type=_port, help="0: any free one; default: the one used before, else any free one")
    start.add_argument(
        "--time-scale",
        type=_scale,
        default=DEFAULT_TIME_SCALE,
        metavar="F",
        help="factor on Azure's typical durations; 0: at once; default: %(default)s",
    )
    start.add_argument(
        "--postgresql-bin",
        type=_folder,
        metavar="DIR",
        help="programs of a PostgreSQL 16 of the system; default: the embedded one",
    )
    start.add_argument(
        "--redis-bin",
        type=_folder,
        metavar="DIR",
        help="server program of a Valkey or Redis of the system; default: the embedded one",
    )
    start.add_argument(
        "--classic-redis-creation",
        choices=("allowed", "blocked"),
        default="allowed",
        help="whether a subscription without an Azure Cache for Redis may create one; default: %(default)s",
    )
    start.add_argument(
        "--latency",
        type=_latency,
        default=Latency(),
        metavar="MS[,JITTER]",
        help="milliseconds by which every request to the management endpoint takes longer, give or take the jitter; "
        "default: 0",
    )
    start.add_argument("--foreground", action="store_true", help="stay in the foreground until a signal")
    start.add_argument("--ready-fd", type=int, help=argparse.SUPPRESS)
    start.set_defaults(run=_start)

    commands.add_parser("stop", parents=[shared], help="stop; the state is kept").set_defaults(run=_stop)
    status = commands.add_parser("status", parents=[shared], help="whether one runs, and where")
    status.add_argument("--json", action="store_true", help="print one JSON object")
    status.set_defaults(run=_status)
    commands.add_parser(
        "reset", parents=[shared], help="forget all resources; keep identity and certificates"
    ).set_defaults(run=_reset)

    push = commands.add_parser(
        "push-sample",
        parents=[shared],
        help="pack the sample backend and push it to a registry",
        description="Credentials: REGISTRY_USERNAME and REGISTRY_PASSWORD, else AZURE_TENANT_ID, AZURE_CLIENT_ID and "
        "AZURE_CLIENT_SECRET, else the service principal of the state directory.",
    )
    push.add_argument("--registry", required=True, metavar="LOGIN_SERVER")
    push.add_argument("--repository", default="codex-backend", help="default: %(default)s")
    push.add_argument("--tag", required=True)
    push.add_argument("--version", help="what the backend reports; default: the tag")
    push.add_argument("--fault", choices=FAULTS, help="a build that fails so")
    push.set_defaults(run=_push_sample)
    return parser


def _start(state_dir: Path, options: argparse.Namespace) -> int:
    given = Options(
        options.time_scale,
        options.postgresql_bin,
        options.redis_bin,
        options.classic_redis_creation,
        options.latency,
    )
    if options.foreground:
        simulator_process.run(state_dir, options.port, given, options.ready_fd)
        return 0
    process, new = simulator_process.start(state_dir, options.port, given)
    word = "ready" if new else "already running"
    print(f"azure-simulator: {word} at {process.url} (state {state_dir})")
    return 0


def _stop(state_dir: Path, options: argparse.Namespace) -> int:
    print("azure-simulator: stopped" if simulator_process.stop(state_dir) else "azure-simulator: not running")
    return 0


def _status(state_dir: Path, options: argparse.Namespace) -> int:
    process = simulator_process.running(state_dir)
    if options.json:
        body = {"running": process is not None, "state_dir": str(state_dir), **(asdict(process) if process else {})}
        print(json.dumps(body))
    elif process is not None:
        print(f"azure-simulator: running at {process.url} (pid {process.pid}, time scale {process.time_scale:g})")
    else:
        print("azure-simulator: not running")
    return 0 if process is not None else 3


def _reset(state_dir: Path, options: argparse.Namespace) -> int:
    from azure_simulator import reset

    process = simulator_process.running(state_dir)
    if process is not None:
        reset.running(process.url, state_dir)
    else:
        reset.stopped(state_dir)
    print("azure-simulator: reset")
    return 0


def _push_sample(state_dir: Path, options: argparse.Namespace) -> int:
    from azure_simulator.samples.packing import pack
    from azure_simulator.samples.pushing import PushError, push

    image = pack(state_dir / "samples", options.version or options.tag, options.fault)
    try:
        digest = push(image, options.registry, options.repository, options.tag, state_dir, os.environ)
    except PushError as error:
        print(f"azure-simulator: {error}", file=sys.stderr)
        return 1
    print(f"azure-simulator: pushed {options.registry}/{options.repository}:{options.tag}@{digest}")
    return 0


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is 0 to 65535")
    return port


def _folder(text: str) -> Path:
    folder = Path(text).absolute()
    if not folder.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is not a folder")
    return folder


def _latency(text: str) -> Latency:
    try:
        return Latency.parse(text)
    except (TypeError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text}: a latency is MS[,JITTER] in milliseconds") from error


def _scale(text: str) -> float:
    scale = float(text)
    if not 0 <= scale < float("inf"):
        raise argparse.ArgumentTypeError("a time scale is 0 or more")
    return scale


if __name__ == "__main__":
    sys.exit(main())
