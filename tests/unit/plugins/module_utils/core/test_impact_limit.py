"""How much a run may do to running things."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _impact_limit
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Impact

MODULE = "codexdominion.azure.container_group"


@pytest.mark.parametrize("limit", Impact)
@pytest.mark.parametrize("impact", Impact)
def test_only_what_is_worse_is_refused(impact: Impact, limit: Impact) -> None:
    excess = _impact_limit.excess(MODULE, {"name": "codex-api"}, str(impact), limit)
    assert (excess is not None) is (impact > limit)
    if excess:
        assert excess.code == _impact_limit.CODE
        assert str(excess) == (
            f"The impact on the container group of codex-api would be {impact}, and stack_max_impact is {limit} "
            f"(ImpactTooHigh). If that is meant, run it again with: -e stack_max_impact={impact} "
            "(with --check --diff, it shows what for)."
        )


@pytest.mark.parametrize("impact", [None, "", "of no kind", 3])
def test_what_says_no_impact_has_none(impact: object) -> None:
    assert _impact_limit.excess(MODULE, {}, impact, Impact.NONE) is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"server": "codex-db-server"}, "the postgresql backup of codex-db-server would"),
        ({"name": None, "repository": "codex-backend"}, "the postgresql backup of codex-backend would"),
        ({"directory": "/var/backups"}, "the postgresql backup would"),
    ],
)
def test_a_refusal_names_what_it_is_about(arguments: dict[str, str | None], said: str) -> None:
    assert said in str(_impact_limit.excess("postgresql_backup", arguments, "data_loss", Impact.NONE))


@pytest.mark.parametrize("name", ["none", "restart", "recreate", "data_loss"])
def test_a_limit_has_the_name_of_an_impact(name: str) -> None:
    assert str(_impact_limit.parse(name)) == name


@pytest.mark.parametrize("value", ["", "worst", None, 0, True, "NONE"])
def test_anything_else_is_no_limit(value: object) -> None:
    with pytest.raises(OperationsError, match="is not one of: none, restart, recreate, data_loss"):
        _impact_limit.parse(value)
