"""Errors of Microsoft.Cache/redis.

Reported: Conflict, the refusal of several updates in one request, and BadRequest where nothing new may be created. For
other refusals the rule is documented and the code is not: BadRequest stands for them, its messages are guesses.
"""

from __future__ import annotations

import uuid

from azure_simulator.core.errors import ArmError


def bad_request(message: str) -> ArmError:
    """What the service says of most values it does not like."""
    return ArmError(400, "BadRequest", f"{message}\r\nRequestID={uuid.uuid4()}")


def busy(resource_id: str) -> ArmError:
    """A write while another one runs."""
    message = (
        f"The resource '{resource_id}' is busy processing a previous update request or is undergoing system "
        "maintenance.  As such, it is currently unable to accept the update request.  Please try again later."
        f"\r\nRequestID={uuid.uuid4()}"
    )
    return ArmError(409, "Conflict", message)


def not_in_one_request(names: list[str]) -> ArmError:
    """Updates the service only does one by one; the spelling is its own."""
    message = (
        "The following updates can't be processed in one single request, please send seperate request to update "
        f"them: '{','.join(names)}'"
    )
    return bad_request(message)


def name_not_available() -> ArmError:
    """A name that is in use somewhere in Azure; the code is a guess."""
    message = (
        "An error occurred when trying to reserve the DNS name for the cache. This may be a transient error or the "
        "name may not be available. Please try again, or choose a different name."
    )
    return ArmError(409, "NameNotAvailable", message)


def creation_blocked() -> ArmError:
    """A new cache in a subscription that may not create one; status and code as reported for the Enterprise tiers."""
    message = (
        "Creation of new Azure Cache for Redis resources is no longer supported for this subscription because the "
        "service is being retired. Create an Azure Managed Redis instead: https://aka.ms/redis/retirement"
    )
    return ArmError(400, "BadRequest", message)


def not_simulated(what: str) -> ArmError:
    """What Azure has and this simulator does not."""
    return ArmError(501, "NotImplementedBySimulator", f"{what} not simulated.")


def child_not_found(kind: str, name: str) -> ArmError:
    """Something of a cache that does not exist, asked at the provider; the message is a guess."""
    return ArmError(404, "ResourceNotFound", f"The resource of type '{kind}' and name '{name}' was not found.")
