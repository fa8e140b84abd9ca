"""The two ways a module can run give the same results, and neither shows a secret."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.support.local_azure import LocalAzure
from tests.support.playbooks import ROOT, Run, run_playbook

CASES = ROOT / "tests" / "execution" / "cases.yml"
# What differs from one request to the next, whoever sends it.
_VOLATILE = frozenset({"request_id", "correlation_id", "started", "url", "principal_id", "client_id", "tenant_id"})


class Done(NamedTuple):
    """One run of the cases."""

    run: Run
    results: Any
    secret: str
    tokens: int


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAzure]:
    """A local Azure whose operations end at once."""
    local = LocalAzure(tmp_path_factory.mktemp("azure"))
    local.start()
    yield local
    local.stop()


@pytest.fixture(scope="module")
def runs(azure: LocalAzure, tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Done]:
    """For each way, by whether it is in process: the run, its results, its secret, and how many tokens it asked for."""
    found = {}
    for in_process in (True, False):
        azure.reset()
        azure.forget()
        secret = f"sentinel-{secrets.token_hex(8)}"
        results = tmp_path_factory.mktemp("results") / "results.json"
        variables = {"sentinel": secret, "results_path": str(results)}
        run = run_playbook(CASES, "-vvvv", state_dir=azure.state_dir, variables=variables, in_process=in_process)
        assert run.code == 0, run.output
        tokens = [
            one for one in azure.requests() if one["path"].endswith("/oauth2/v2.0/token") and one["status"] == 200
        ]
        found[in_process] = Done(run, json.loads(results.read_text(encoding="utf-8")), secret, len(tokens))
    return found


def test_results_are_equal(runs: dict[bool, Done]) -> None:
    in_process, ordinary = runs[True], runs[False]
    assert len(in_process.results) > 5
    assert _stable(in_process.results, in_process.secret) == _stable(ordinary.results, ordinary.secret)


@pytest.mark.parametrize("in_process", [True, False], ids=["in-process", "ordinary"])
def test_secrets_that_are_parts_of_names_and_numbers_change_nothing(runs: dict[bool, Done], in_process: bool) -> None:
    result = runs[in_process].results[-1]
    assert result["container_group"]["name"] == "api-execution"
    assert "/resourceGroups/rg-execution/" in result["container_group"]["id"]
    assert (result["changed"], result["impact"]) == (True, "none")
    shown = result["diff"]["after"]["containers"]["api"]
    assert shown["environment"] == {"PORT": "********", "WHO": "the ******** of ********"}
    assert shown["cpu"] == 1.0


@pytest.mark.parametrize("in_process", [True, False], ids=["in-process", "ordinary"])
def test_secrets_are_in_no_output(runs: dict[bool, Done], azure: LocalAzure, in_process: bool) -> None:
    run, results, secret, _ = runs[in_process]
    # The playbook takes the secret as an extra variable; everything Ansible prints after that must be free of it.
    shown = "\n".join(line for line in run.output.splitlines() if "results_path" not in line)
    for hidden in (secret, azure.connection["client_secret"]):
        assert hidden not in shown
        assert hidden not in json.dumps(results)
    assert "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in run.output


def test_the_ordinary_way_is_a_process_of_its_own(runs: dict[bool, Done]) -> None:
    assert "AnsiballZ_container_registry" in runs[False].run.output
    assert "AnsiballZ_container_registry" not in runs[True].run.output


def test_one_token_serves_a_whole_run(runs: dict[bool, Done]) -> None:
    assert [done.tokens for done in runs.values()] == [1, 1]


def _stable(value: Any, secret: str) -> Any:
    """Return results without what differs from request to request."""
    if isinstance(value, dict):
        return {key: _stable(inner, secret) for key, inner in value.items() if key not in _VOLATILE}
    if isinstance(value, list):
        return [_stable(inner, secret) for inner in value]
    if isinstance(value, str):
        value = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)?", "TIME", value)
        return re.sub(r"127\.77\.\d+\.\d+", "ADDRESS", value)
    return value
