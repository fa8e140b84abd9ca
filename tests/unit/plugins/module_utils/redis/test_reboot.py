"""What proves a reboot, and what does not."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._redis._reboot import Seen, proves

BEFORE = Seen(run_id="a", uptime=1000, replicas=1, attached=3, keys=5)
ATTACHED = Seen(run_id="a", uptime=1010, replicas=1, attached=4, keys=5)
FAILED_OVER = Seen(run_id="b", uptime=1010, replicas=1, attached=1, keys=5)
ALONE = Seen(run_id="b", uptime=1010, replicas=0, attached=0, keys=5)
FRESH = Seen(run_id="c", uptime=2, replicas=1, attached=1, keys=0)


@pytest.mark.parametrize(
    ("nodes", "now", "proven"),
    [
        ("primary", BEFORE, False),
        ("primary", ATTACHED, False),
        ("primary", FAILED_OVER, True),
        ("primary", ALONE, False),
        ("secondary", BEFORE, False),
        ("secondary", ATTACHED, True),
        ("secondary", ALONE, False),
        ("all", ATTACHED, False),
        ("all", FAILED_OVER, False),
        ("all", FRESH, True),
    ],
)
def test_proofs(nodes: str, now: Seen, proven: bool) -> None:
    assert proves(nodes, BEFORE, now, elapsed=10) is proven
