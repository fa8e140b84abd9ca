"""Strikes every module with every hiccup of Azure, and prints what came of it as a table (`make faults`).

tools/fault_matrix.py [PART]     only scenarios whose title has PART in it
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "collections")]

from tests.simulator_fixture import TIME_SCALE, Simulator  # noqa: E402
from tests.support.fault_matrix import (  # noqa: E402
    FAULTS,
    NO_AZURE,
    POSITIONS,
    SCENARIOS,
    Cell,
    Matrix,
    World,
    hurry,
    without_scenario,
)


def main() -> int:
    """Print the table; return how the process ends."""
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    hurry(setattr)
    began = time.monotonic()
    wrong: list[str] = [f"{module}: no scenario" for module in sorted(without_scenario())]
    with tempfile.TemporaryDirectory(prefix="codex-faults-") as folder:
        simulator = Simulator(Path(folder) / "state", TIME_SCALE)
        simulator.start()
        try:
            counted = _table(Matrix(World(simulator, _made(Path(folder) / "cache"))), part, wrong)
        finally:
            simulator.stop()
    print(f"\n{counted} cells in {time.monotonic() - began:.0f} s, {len(wrong)} wrong; - is a request that is not sent")
    print("\n".join(f"not struck: {module}: {reason}" for module, reason in NO_AZURE.items()))
    print("\n".join(["", *wrong]))
    return 1 if wrong else 0


def _table(matrix: Matrix, part: str, wrong: list[str]) -> int:
    counted = 0
    width = max(len(scenario.title) for scenario in SCENARIOS)
    print(f"{'module':{width}}  {'position':10}  " + "  ".join(f"{fault:9}" for fault in FAULTS))
    for scenario in SCENARIOS:
        if part not in scenario.title:
            continue
        for position in POSITIONS:
            found = []
            for fault in FAULTS:
                cell = Cell(scenario, position, fault)
                verdict = matrix.strike(cell)
                counted += verdict != "-"
                found.append(verdict if verdict in ("ok", "-") else "WRONG")
                if verdict not in ("ok", "-"):
                    wrong.append(f"{cell}: {verdict}")
            line = f"{scenario.title:{width}}  {position:10}  " + "  ".join(f"{one:9}" for one in found)
            print(line.rstrip(), flush=True)
    return counted


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    sys.exit(main())
