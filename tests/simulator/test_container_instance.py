"""Container groups through Microsoft's unchanged SDK."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from tests.simulator.container_instance_bench import (
    GROUP,
    Bench,
    container,
    error_code,
    fetch,
    group,
    public,
    web,
)
from tests.simulator_fixture import Simulator
from tests.support.waiting import until


@pytest.fixture
def azure(simulator: Simulator) -> Bench:
    bench = Bench(simulator)
    bench.prepare()
    return bench


def _settled(azure: Bench, name: str) -> None:
    until(lambda: azure.groups.get(GROUP, name).provisioning_state in ("Succeeded", "Failed"))


def _answer(azure: Bench, name: str = "codex-api") -> dict[str, Any]:
    """What the web server of a group says."""
    address = azure.groups.get(GROUP, name).ip_address
    answer: dict[str, Any] = json.loads(fetch(f"http://{address.ip}:8001/"))
    return answer


def _raw(azure: Bench, method: str, name: str, suffix: str = "", body: Any = None) -> tuple[int, dict[str, str], Any]:
    """A request without the SDK: status, headers (names in lower case), body."""
    answer = azure.azure.call(method, f"{azure.resource_id(name)}{suffix}", "2023-05-01", body)
    headers = {key.lower(): value for key, value in answer.headers.items()}
    return answer.status_code, headers, answer.json() if answer.content else None


REST = {
    "location": "eastus",
    "properties": {
        "osType": "Linux",
        "containers": [
            {
                "name": "api",
                "properties": {
                    "image": "shell",
                    "command": ["sleep", "1000"],
                    "resources": {"requests": {"cpu": 1, "memoryInGB": 1}},
                },
            }
        ],
    },
}


# -- create, read, delete ---------------------------------------------------------------------------------------------


def test_a_group_serves_http_at_its_own_address(azure: Bench) -> None:
    created = azure.create("codex-api", web("codex-api"))
    assert created.provisioning_state == "Succeeded"
    assert created.instance_view.state == "Running"
    assert created.ip_address.ip == created.ip_address.fqdn
    assert created.ip_address.ip.startswith("127.77.")
    assert json.loads(fetch(f"http://{created.ip_address.fqdn}:8001/"))
    view = created.containers[0].instance_view
    assert (view.current_state.state, view.restart_count) == ("Running", 0)
    assert [event.name for event in view.events] == ["Pulling", "Pulled", "Created", "Started"]
    assert "@sha256:" in view.events[0].message
    assert "listening" in azure.client.containers.list_logs(GROUP, "codex-api", "api").content


def test_two_groups_listen_on_the_same_port(azure: Bench) -> None:
    first, second = (azure.create(name, web()) for name in ("one", "two"))
    assert first.ip_address.ip != second.ip_address.ip
    for created in (first, second):
        assert fetch(f"http://{created.ip_address.ip}:8001/")


def test_a_port_that_is_not_exposed_is_not_reachable(azure: Bench) -> None:
    body = group(
        container(ports=[{"port": 8001}, {"port": 9000}], environment_variables=[{"name": "PORT", "value": "9000"}]),
        ip_address=public(None, 8001),
    )
    created = azure.create("hidden", body)
    until(lambda: "listening" in azure.client.containers.list_logs(GROUP, "hidden", "api").content)
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://{created.ip_address.ip}:9000/", timeout=2)


def test_shape_of_answers_without_the_sdk(azure: Bench) -> None:
    status, headers, body = _raw(azure, "PUT", "plain", body=REST)
    assert status == 201
    assert "location" not in headers
    assert "/providers/Microsoft.ContainerInstance/locations/eastus/operations/" in headers["azure-asyncoperation"]
    assert headers["azure-asyncoperation"].endswith("api-version=2018-06-01")
    assert body["properties"]["instanceView"] == {"events": [], "state": "Pending"}
    assert body["properties"]["provisioningState"] == "Pending"
    assert body["properties"]["initContainers"] == []
    assert "restartPolicy" not in body["properties"]
    assert "tags" not in body
    properties = body["properties"]["containers"][0]["properties"]
    assert (properties["ports"], properties["environmentVariables"]) == ([], [])
    assert properties["resources"] == {"requests": {"cpu": 1.0, "memoryInGB": 1.0}}
    _settled(azure, "plain")
    status, headers, _ = _raw(azure, "PUT", "plain", body=REST)
    assert (status, "azure-asyncoperation" in headers) == (200, True)
    _settled(azure, "plain")
    status, headers, last = _raw(azure, "DELETE", "plain")
    assert (status, last["properties"]["provisioningState"]) == (200, "Succeeded")
    assert "azure-asyncoperation" not in headers
    assert _raw(azure, "DELETE", "plain")[0] == 204
    status, headers, missing = _raw(azure, "GET", "plain")
    assert (status, missing["error"]["code"]) == (404, "ContainerGroupNotFound")


def test_lists_have_no_instance_view(azure: Bench) -> None:
    azure.create("plain", group(container(image="shell", command=["sleep", "1000"])))
    for listed in (*azure.groups.list(), *azure.groups.list_by_resource_group(GROUP)):
        assert listed.name == "plain"
        assert listed.instance_view is None
        assert listed.containers[0].instance_view is None


def test_deleting_ends_the_processes_and_frees_address_and_label(azure: Bench) -> None:
    ip = azure.create("codex-api", web("codex-api")).ip_address.ip
    fetch(f"http://{ip}:8001/")
    azure.groups.begin_delete(GROUP, "codex-api").result()
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://{ip}:8001/", timeout=2)
    with pytest.raises(ResourceNotFoundError):
        azure.groups.get(GROUP, "codex-api")
    assert azure.create("other", web("codex-api")).ip_address.ip == ip


def test_deleting_the_resource_group_ends_its_container_groups(azure: Bench) -> None:
    azure.resources.resource_groups.create_or_update("other-rg", {"location": "eastus"})
    created = azure.groups.begin_create_or_update("other-rg", "codex-api", web()).result()
    fetch(f"http://{created.ip_address.ip}:8001/")
    azure.resources.resource_groups.begin_delete("other-rg").result()
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://{created.ip_address.ip}:8001/", timeout=2)


# -- secrets ----------------------------------------------------------------------------------------------------------


def test_secrets_reach_the_process_and_no_answer(azure: Bench) -> None:
    variables = [{"name": "PLAIN", "value": "shown"}, {"name": "SECRET", "secure_value": "hush"}]
    body = group(
        container(
            ports=[{"port": 8001}],
            environment_variables=variables,
            volume_mounts=[{"name": "keys", "mount_path": "/keys"}],
        ),
        ip_address=public(),
        volumes=[{"name": "keys", "secret": {"key": "aHVzaDI="}}],
        image_registry_credentials=[{"server": "registry.example.com", "username": "u", "password": "hush3"}],
        diagnostics={"log_analytics": {"workspace_id": "w", "workspace_key": "hush4"}},
    )
    azure.create("codex-api", body)
    assert {key: _answer(azure)[key] for key in ("PLAIN", "SECRET")} == {"PLAIN": "shown", "SECRET": "hush"}
    for _, _, answer in (_raw(azure, "GET", "codex-api"), _raw(azure, "PATCH", "codex-api", body={"tags": {}})):
        text = json.dumps(answer)
        assert "hush" not in text
        assert "aHVzaDI=" not in text
        properties = answer["properties"]
        assert properties["containers"][0]["properties"]["environmentVariables"] == [
            {"name": "PLAIN", "value": "shown"},
            {"name": "SECRET"},
        ]
        assert properties["volumes"] == [{"name": "keys", "secret": {}}]
        assert properties["imageRegistryCredentials"] == [{"server": "registry.example.com", "username": "u"}]
        assert properties["diagnostics"] == {"logAnalytics": {"workspaceId": "w"}}


def test_a_put_replaces_everything_so_secrets_left_out_are_gone(azure: Bench) -> None:
    azure.create("codex-api", web(environment_variables=[{"name": "SECRET", "secure_value": "hush"}]))
    assert _answer(azure)["SECRET"] == "hush"
    azure.create("codex-api", web(environment_variables=[{"name": "SECRET"}]))
    assert _answer(azure)["SECRET"] == ""
    azure.create("codex-api", web())
    assert "SECRET" not in _answer(azure)


def test_files_of_a_secret_volume(azure: Bench) -> None:
    shell = container(
        image="shell", command=["cat", "/keys/key"], volume_mounts=[{"name": "keys", "mount_path": "/keys"}]
    )
    azure.create("job", group(shell, restart_policy="Never", volumes=[{"name": "keys", "secret": {"key": "aHVzaDI="}}]))
    until(lambda: azure.groups.get(GROUP, "job").instance_view.state == "Succeeded")
    assert azure.client.containers.list_logs(GROUP, "job", "api").content == "hush2"


# -- updates ----------------------------------------------------------------------------------------------------------


def test_every_put_restarts_even_an_identical_one(azure: Bench) -> None:
    azure.create("codex-api", web("codex-api"))
    before, ip = _answer(azure)["started"], azure.groups.get(GROUP, "codex-api").ip_address.ip
    azure.create("codex-api", web("codex-api"))
    assert _answer(azure)["started"] != before
    assert azure.groups.get(GROUP, "codex-api").ip_address.ip == ip


def test_tags_change_without_a_restart(azure: Bench) -> None:
    azure.create("codex-api", web())
    before = _answer(azure)["started"]
    assert azure.groups.update(GROUP, "codex-api", {"tags": {"a": "1"}}).tags == {"a": "1"}
    assert azure.groups.get(GROUP, "codex-api").tags == {"a": "1"}
    assert _answer(azure)["started"] == before


def test_ports_change_in_place(azure: Bench) -> None:
    azure.create("codex-api", web())
    body = group(
        container(ports=[{"port": 8002}], environment_variables=[{"name": "PORT", "value": "8002"}]),
        ip_address=public(None, 8002),
    )
    created = azure.create("codex-api", body)
    assert fetch(f"http://{created.ip_address.ip}:8002/")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"restart_policy": "Never"}, 'RestartPolicy (old "Always", new "Never")'),
        (
            {"containers": [container(resources={"requests": {"cpu": 2.0, "memory_in_gb": 1.0}})]},
            'CPU of container \'api\' (old "1", new "2")',
        ),
        (
            {"containers": [container(resources={"requests": {"cpu": 1.0, "memory_in_gb": 1.5}})]},
            'memory of container \'api\' (old "1", new "1.5")',
        ),
    ],
)
def test_what_needs_a_new_group_is_refused(azure: Bench, change: dict[str, Any], named: str) -> None:
    azure.create("codex-api", group())
    with pytest.raises(HttpResponseError) as caught:
        azure.create("codex-api", group() | change)
    assert caught.value.status_code == 400
    assert caught.value.error is not None
    assert caught.value.error.code == "InvalidContainerGroupUpdate"
    assert named in caught.value.message
    assert azure.groups.get(GROUP, "codex-api").provisioning_state == "Succeeded"


def test_a_group_that_has_ended_is_deployed_as_new(azure: Bench) -> None:
    job = container(image="shell", command=["true"])
    azure.create("job", group(job, restart_policy="Never"))
    until(lambda: azure.groups.get(GROUP, "job").instance_view.state == "Succeeded")
    assert azure.create("job", group(job, restart_policy="OnFailure")).restart_policy == "OnFailure"


def test_a_location_cannot_change(azure: Bench) -> None:
    azure.create("codex-api", group())
    body = group() | {"location": "westus"}
    assert error_code(lambda: azure.create("codex-api", body)) == (409, "InvalidResourceLocation")


# -- actions ----------------------------------------------------------------------------------------------------------


def test_restart_pulls_again_when_the_tag_has_moved(azure: Bench) -> None:
    first = azure.image("moving", "print('one', flush=True); import time; time.sleep(1000)")
    azure.create("codex-api", group(container(image="moving")))
    second = azure.image("moving", "print('two', flush=True); import time; time.sleep(1000)")
    azure.groups.begin_restart(GROUP, "codex-api").result()
    until(lambda: "two" in azure.client.containers.list_logs(GROUP, "codex-api", "api").content)
    events = azure.groups.get(GROUP, "codex-api").containers[0].instance_view.events
    pulled = [event.message for event in events if event.name == "Pulling"]
    assert first in pulled[0]
    assert second in pulled[-1]
    assert "Killing" in [event.name for event in events]


def test_restart_answers_204_with_an_operation(azure: Bench) -> None:
    azure.create("codex-api", group())
    status, headers, _ = _raw(azure, "POST", "codex-api", "/restart")
    assert status == 204
    assert "azure-asyncoperation" in headers
    assert _raw(azure, "POST", "codex-api", "/restart")[0] == 204, "a second restart meanwhile is accepted"


def test_stop_and_start(azure: Bench) -> None:
    azure.create("codex-api", web())
    status, headers, _ = _raw(azure, "POST", "codex-api", "/start")
    assert (status, "azure-asyncoperation" in headers) == (204, False), "it runs already"
    assert _answer(azure)
    assert _raw(azure, "POST", "codex-api", "/stop")[0] == 204
    until(lambda: azure.groups.get(GROUP, "codex-api").instance_view.state == "Stopped")
    stopped = azure.groups.get(GROUP, "codex-api")
    assert stopped.provisioning_state == "Succeeded"
    state = stopped.containers[0].instance_view.current_state
    assert (state.state, state.detail_status) == ("Terminated", "Container stopped per client request")
    assert "listening" in azure.client.containers.list_logs(GROUP, "codex-api", "api").content
    azure.groups.begin_start(GROUP, "codex-api").result()
    assert azure.groups.get(GROUP, "codex-api").instance_view.state == "Running"
    assert _answer(azure)


def test_logs_tail_and_timestamps(azure: Bench) -> None:
    shell = container(image="shell", command=["/bin/sh", "-c", "echo one; echo two; echo three >&2"])
    azure.create("job", group(shell, restart_policy="Never"))
    until(lambda: azure.groups.get(GROUP, "job").instance_view.state == "Succeeded")
    logs = azure.client.containers.list_logs
    assert logs(GROUP, "job", "api").content == "one\ntwo\nthree\n"
    assert logs(GROUP, "job", "api", tail=1).content == "three\n"
    first = logs(GROUP, "job", "api", timestamps=True).content.splitlines()[0]
    assert first.endswith("Z one")
    assert error_code(lambda: logs(GROUP, "job", "none")) == (404, "ContainerNotFound")


def test_exec_and_attach_are_refused_loudly(azure: Bench) -> None:
    azure.create("codex-api", group())
    body = {"command": "ls", "terminal_size": {"rows": 24, "cols": 80}}
    execute = azure.client.containers.execute_command
    assert error_code(lambda: execute(GROUP, "codex-api", "api", body)) == (501, "NotSimulated")
    assert error_code(lambda: azure.client.containers.attach(GROUP, "codex-api", "api")) == (501, "NotSimulated")


# -- containers that fail ---------------------------------------------------------------------------------------------


def test_a_container_that_ends_at_once_is_no_failed_deployment(azure: Bench) -> None:
    shell = container(image="shell", command=["/bin/sh", "-c", "echo hello; exit 2"])
    created = azure.create("job", group(shell, restart_policy="Never"))
    assert created.provisioning_state == "Succeeded"
    until(lambda: azure.groups.get(GROUP, "job").instance_view.state == "Failed")
    state = azure.groups.get(GROUP, "job").containers[0].instance_view.current_state
    assert (state.state, state.exit_code, state.detail_status) == ("Terminated", 2, "Error")


NOT_STARTABLE: dict[str, dict[str, Any]] = {
    "a NUL in a value": {"environment_variables": [{"name": "NUL", "value": "a\0b"}]},
    "a NUL in a secret": {"environment_variables": [{"name": "NUL", "secure_value": "a\0b"}]},
    "a NUL in an argument": {"command": ["python", "/app/main.py", "a\0b"]},
    "a NUL in the program": {"command": ["pyth\0on"]},
}


@pytest.mark.parametrize("what", NOT_STARTABLE)
def test_what_no_process_can_be_given_ends_as_a_container_that_does_not_start(azure: Bench, what: str) -> None:
    """Not as a group that is created for ever."""
    properties = NOT_STARTABLE[what]
    created = azure.create("codex-api", group(container(**properties), restart_policy="Never"))
    assert created.provisioning_state == "Succeeded"
    view = created.containers[0].instance_view
    assert (view.current_state.state, view.current_state.exit_code) == ("Terminated", 128)
    assert "failed to start container" in view.events[-1].message
    azure.groups.begin_delete(GROUP, "codex-api").result()


def test_half_of_a_character_is_no_text(azure: Bench) -> None:
    half = [{"name": "HALF", "value": "a\ud800b"}]
    called = error_code(lambda: azure.create("codex-api", group(container(environment_variables=half))))
    assert called == (400, "InvalidRequestContent")
    assert azure.create("codex-api", group(container())).provisioning_state == "Succeeded"


def test_a_probe_nobody_can_run_is_a_failed_one(azure: Bench) -> None:
    probe = {"exec_property": {"command": ["a\0b"]}, "period_seconds": 1, "failure_threshold": 1}
    azure.create("codex-api", group(container(liveness_probe=probe)))

    def unhealthy() -> bool:
        events = azure.groups.get(GROUP, "codex-api").containers[0].instance_view.events or []
        return any(event.name == "Unhealthy" for event in events)

    until(unhealthy)


def test_a_crash_loop_shows_in_restart_count_events_and_previous_state(azure: Bench) -> None:
    azure.create("loop", group(container(image="shell", command=["/bin/sh", "-c", "echo boom; exit 7"])))
    until(lambda: (azure.groups.get(GROUP, "loop").containers[0].instance_view.restart_count or 0) >= 2)
    view = azure.groups.get(GROUP, "loop").containers[0].instance_view
    assert view.previous_state.exit_code == 7
    assert "BackOff" in [event.name for event in view.events]
    assert "boom" in azure.client.containers.list_logs(GROUP, "loop", "api").content


def test_a_crash_can_be_asked_for(azure: Bench) -> None:
    azure.create("codex-api", web())
    before = _answer(azure)["started"]
    fault = {"kind": "crash", "id": azure.resource_id("codex-api")}
    assert azure.azure.hook("POST", "faults", fault) == {"crashed": ["api"]}
    until(lambda: azure.groups.get(GROUP, "codex-api").containers[0].instance_view.restart_count == 1)
    assert _answer(azure)["started"] != before


def test_failed_liveness_restarts_the_container(azure: Bench) -> None:
    probe = {"exec_property": {"command": ["false"]}, "period_seconds": 1, "failure_threshold": 1}
    azure.create("sick", group(container(liveness_probe=probe)))
    until(lambda: (azure.groups.get(GROUP, "sick").containers[0].instance_view.restart_count or 0) >= 1)
    names = [event.name for event in azure.groups.get(GROUP, "sick").containers[0].instance_view.events]
    assert {"Unhealthy", "Killing"} <= set(names)


def test_an_operation_that_fails_marks_the_group(azure: Bench) -> None:
    fault = {"kind": "operation_failure", "method": "PUT", "path": "containerGroups", "code": "X", "message": "broken"}
    azure.azure.hook("POST", "faults", fault)
    with pytest.raises(HttpResponseError, match="broken"):
        azure.create("codex-api", group())
    assert azure.groups.get(GROUP, "codex-api").provisioning_state == "Failed"
    assert azure.create("codex-api", group()).provisioning_state == "Succeeded"


# -- refusals that depend on the state of things ----------------------------------------------------------------------


def test_a_group_in_transition_refuses_everything_else(azure: Bench) -> None:
    # The operation lasts until the init container has ended: long enough for all requests below.
    body = json.loads(json.dumps(REST))
    body["properties"]["initContainers"] = [
        {"name": "wait", "properties": {"image": "shell", "command": ["sleep", "1"]}}
    ]
    assert _raw(azure, "PUT", "busy", body=body)[0] == 201
    for method, suffix in (
        ("PUT", ""),
        ("DELETE", ""),
        ("POST", "/stop"),
        ("POST", "/start"),
        ("GET", "/containers/api/logs"),
    ):
        status, _, answer = _raw(azure, method, "busy", suffix, body if method == "PUT" else None)
        assert (status, answer["error"]["code"]) == (409, "ContainerGroupTransitioning"), method + suffix
    _settled(azure, "busy")


def test_a_dns_label_has_one_owner_in_a_region(azure: Bench) -> None:
    azure.create("one", web("codex-api"))
    assert error_code(lambda: azure.create("two", web("codex-api"))) == (409, "DnsNameLabelNotAvailable")
    elsewhere = web("codex-api") | {"location": "westus"}
    assert azure.create("two", elsewhere).provisioning_state == "Succeeded"
    azure.azure.hook("POST", "dns-labels", {"label": "somebodys", "location": "eastus"})
    assert error_code(lambda: azure.create("three", web("somebodys"))) == (409, "DnsNameLabelNotAvailable")
    scoped = web("somebodys")
    scoped["ip_address"]["auto_generated_domain_name_label_scope"] = "TenantReuse"
    assert azure.create("three", scoped).provisioning_state == "Succeeded"


@pytest.mark.parametrize(
    "image", ["nginx", "registry.example.com/app:1", "127.77.0.9:5000/app:1", "UPPER/case", "web:none"]
)
def test_an_image_that_cannot_be_read_is_refused_at_once(azure: Bench, image: str) -> None:
    assert error_code(lambda: azure.create("codex-api", group(container(image=image)))) == (400, "InaccessibleImage")
    with pytest.raises(ResourceNotFoundError):
        azure.groups.get(GROUP, "codex-api")


def test_no_capacity_is_a_409_that_says_so(azure: Bench) -> None:
    azure.azure.hook("POST", "faults", {"kind": "capacity", "method": "PUT", "path": "containerGroups"})
    assert error_code(lambda: azure.create("codex-api", group())) == (409, "ServiceUnavailable")
    assert azure.create("codex-api", group()).provisioning_state == "Succeeded"


def test_quota_and_what_a_region_offers(azure: Bench) -> None:
    azure.create("codex-api", group())
    usages = {usage.name.value: usage for usage in azure.client.location.list_usage("eastus")}
    assert (usages["ContainerGroups"].current_value, usages["ContainerGroups"].limit) == (1, 100)
    assert usages["StandardCores"].current_value == 1
    capabilities = list(azure.client.location.list_capabilities("eastus"))
    assert capabilities[0].capabilities.max_cpu == 4
    assert "web" in [image.image for image in azure.client.location.list_cached_images("eastus")]
    assert any(item.name.endswith("/restart/action") for item in azure.client.operations.list())


def test_managed_identities(azure: Bench) -> None:
    created = azure.create("codex-api", group(identity={"type": "SystemAssigned"}))
    assert created.identity.principal_id
    assert created.identity.tenant_id == azure.azure.connection["tenant_id"]
    again = azure.create("codex-api", group(identity={"type": "SystemAssigned"}))
    assert again.identity.principal_id == created.identity.principal_id
    unknown = azure.resource_id("x").replace(
        "ContainerInstance/containerGroups", "ManagedIdentity/userAssignedIdentities"
    )
    body = group(identity={"type": "UserAssigned", "user_assigned_identities": {unknown: {}}})
    assert error_code(lambda: azure.create("other", body)) == (400, "FailedIdentityOperation")
