"""Errors of Microsoft.DBforPostgreSQL.

Recorded or reported: InvalidParameterValue, ServerIsBusy, ServerBusy, ServerStoppedError, ServerIsNotReady,
ServerConfigurationNotAllowed, ServerEditionIncompatibleWithSkuSize, InternalServerError, OperationIdNotFound. For other
refusals the rule is documented and the code is not; those codes are marked "code is a guess" where they are raised.
"""

from __future__ import annotations

import uuid

from azure_simulator.core.errors import ArmError


def invalid_parameter(name: str) -> ArmError:
    """What the service says of most values it does not like; it names the parameter and no reason."""
    message = f"Invalid value given for parameter {name}. Specify a valid parameter value."
    return ArmError(400, "InvalidParameterValue", message)


def internal() -> ArmError:
    """The service's answer to what it did not expect; the spelling is its own."""
    message = f"An unexpected error occured while processing the request. Tracking ID: '{uuid.uuid4()}'"
    return ArmError(500, "InternalServerError", message)


def server_is_busy(name: str) -> ArmError:
    """A write to a server while another one runs."""
    message = f"Server '{name}' is busy with another operation. Please try again later."
    return ArmError(409, "ServerIsBusy", message)


def child_is_busy(name: str) -> ArmError:
    """A write to something of a server (a rule, a parameter, a database) while another write runs."""
    message = f"Server '{name}' is busy with another operation. Please try again later."
    return ArmError(409, "ServerBusy", message)


def server_stopped(name: str) -> ArmError:
    """What needs the running database, asked of a stopped server; the message is a guess."""
    message = f"Server '{name}' is stopped. Start the server and try again."
    return ArmError(400, "ServerStoppedError", message)


def not_ready(action: str, needed: str, name: str, state: str) -> ArmError:
    """The failure of an accepted start, stop or restart that does not fit the server's state."""
    message = f"{action} can only be performed on {needed} servers. Sever Name = {name}, Current Server State = {state}"
    return ArmError(400, "ServerIsNotReady", message)


def not_simulated(what: str) -> ArmError:
    """What Azure has and this simulator does not."""
    return ArmError(501, "NotImplementedBySimulator", f"{what} not simulated.")


def child_not_found(kind: str, name: str) -> ArmError:
    """Something of a server that does not exist, asked at the provider; the message is a guess."""
    return ArmError(
        404, "ResourceNotFound", f"The requested resource of type '{kind}' with name '{name}' was not found."
    )


def pgbouncer_not_allowed() -> ArmError:
    """PgBouncer on the Burstable tier; the message is a guess."""
    message = "Configuration 'pgbouncer.enabled' is not allowed for servers of the Burstable tier."
    return ArmError(400, "ServerConfigurationNotAllowed", message)
