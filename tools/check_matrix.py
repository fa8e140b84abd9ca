"""Runs every playbook in several states of a stack, under `--check` and for real, and prints where the two differ.

tools/check_matrix.py [--profile mvp|database|full] [--state NAME]... [PLAYBOOK]...
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.simulator_fixture import Simulator  # noqa: E402
from tests.support.check_matrix import PLAYBOOKS, PROFILES, Matrix  # noqa: E402


def main() -> int:
    """Print one line for each pair of runs; 1 if one of them did not agree."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", choices=PROFILES, default="mvp")
    parser.add_argument("--state", action="append")
    parser.add_argument("playbook", nargs="*", choices=[*PLAYBOOKS, []], default=[])
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="codex-matrix-"))
    azure = Simulator(folder / "azure", time_scale=0)
    azure.start()
    try:
        matrix = Matrix(azure, folder / "states", chosen.profile)
        pairs = matrix.pairs(chosen.state or list(matrix.states()), chosen.playbook or PLAYBOOKS)
        matrix.prepare(chosen.state)
        cells = differ = 0
        for cell in matrix.cells(pairs):
            problems = cell.problems()
            cells, differ = cells + 1, differ + bool(problems)
            counts = f"{cell.check.changes.total():>3} {cell.real.changes.total():>3}"
            outcome = "failed" if cell.real.code else "ok"
            verdict = "DIFFER" if problems else "agree"
            print(f"{verdict:<7} {cell.state:<18} {cell.name:<58} {outcome:<7} {counts} changes", flush=True)
            for line in problems:
                print(f"          {line}", flush=True)
            for line in cell.check.unknown:
                print(f"          {line}", flush=True)
        print(f"{cells - differ} of {cells} agree")
        return 1 if differ else 0
    finally:
        azure.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
