"""Measures deployments of a frontend, beside its build; judges nothing (`make bench`)."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "collections")]

from tests.support import frontend  # noqa: E402
from tests.support.local_azure import LocalAzure  # noqa: E402
from tests.support.playbooks import playbook_path, run_playbook  # noqa: E402


def main() -> int:
    """Measure, and print one line each."""
    if frontend.MISSING:
        print(f"frontend: {frontend.MISSING}")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = Path(tempfile.mkdtemp(prefix="codex-bench-"))
    local = LocalAzure(folder, time_scale=0.01)
    local.start()
    (folder / "frontend").write_text("true", encoding="utf-8")
    try:
        for name, value, target in _measurements(local):
            print(f"{name:<58} {value:>12}   {target}", flush=True)
    finally:
        local.stop()
        shutil.rmtree(folder)
    return 0


def _measurements(local: LocalAzure) -> Iterator[tuple[str, str, str]]:
    _play(local, "push_sample_image", "")
    _play(local, "setup_stack", "first")
    local.forget()
    yield "deploy_frontend, unchanged", f"{_play(local, 'deploy_frontend', 'first'):.2f} s", "< 3 s"
    yield "deploy_frontend, unchanged: write requests", str(len(local.writes())), "0"
    # The small project is built in no time, so this is what there is beside a build.
    yield (
        "deploy_frontend, changed, without npm run build",
        f"{_play(local, 'deploy_frontend', 'second'):.2f} s",
        "< 10 s",
    )
    yield "rollback_frontend", f"{_play(local, 'rollback_frontend', 'second'):.2f} s", ""


def _play(local: LocalAzure, playbook: str, text: str) -> float:
    """Run a playbook; returns the seconds that it took."""
    options = {
        "frontend_project": str(frontend.PROJECT),
        "frontend_cli_directory": str(frontend.CLI),
        "frontend_build_environment": {"PAGE_TEXT": text},
    }
    began = time.perf_counter()
    run = run_playbook(playbook_path(playbook), "-e", json.dumps(options), state_dir=local.state_dir)
    assert run.code == 0, run.output
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
