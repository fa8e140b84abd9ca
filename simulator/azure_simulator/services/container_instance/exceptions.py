"""Errors of Microsoft.ContainerInstance, in the service's words.

Codes and texts are those of Microsoft's troubleshooting pages and of answers users quoted; where no source gives a
code for a rule (marked *), the simulator uses ARM's general one for the kind of mistake.
"""

from __future__ import annotations

from azure_simulator.core.errors import ArmError


def group_not_found(name: str) -> ArmError:
    return ArmError(404, "ContainerGroupNotFound", f"The container group '{name}' does not exist.")


def container_not_found(container: str, group: str) -> ArmError:
    message = f"The container '{container}' in container group '{group}' does not exist."
    return ArmError(404, "ContainerNotFound", message)


def transitioning(name: str) -> ArmError:
    message = f"The container group '{name}' is still transitioning, please retry later."
    return ArmError(409, "ContainerGroupTransitioning", message)


def invalid_update(name: str, changes: list[str]) -> ArmError:
    """`changes`: what cannot be changed in place, each with its old and new value."""
    message = (
        f"The updates on container group '{name}' are invalid. If you are going to update the {', '.join(changes)} "
        "for a container group, you must delete it first and then create a new one."
    )
    return ArmError(400, "InvalidContainerGroupUpdate", message)


def inaccessible_image(image: str, name: str) -> ArmError:
    message = (
        f"The image '{image}' in container group '{name}' is not accessible. "
        "Please check the image and registry credential."
    )
    return ArmError(400, "InaccessibleImage", message)


def dns_label_taken(label: str, name: str) -> ArmError:
    message = f"The DNS name label '{label}' in container group '{name}' not available. Try using a different label."
    return ArmError(409, "DnsNameLabelNotAvailable", message)


def no_capacity(location: str, cpu: float, memory: float, system: str) -> ArmError:
    message = (
        f"The requested resource is not available in the location '{location}' at this moment. Please retry with a "
        f"different resource request or in another location. Resource requested: '{cpu:g}' CPU '{memory:g}' GB memory "
        f"'{system}' OS"
    )
    return ArmError(409, "ServiceUnavailable", message)


def quota_reached(quota: str, location: str, limit: int, usage: int, requested: int) -> ArmError:
    message = (
        f"Resource type 'Microsoft.ContainerInstance/containerGroups' container group quota '{quota}' exceeded in "
        f"region '{location}'. Limit: '{limit}', Usage: '{usage}' Requested: '{requested}'."
    )
    return ArmError(400, "ContainerGroupQuotaReached", message)


def requests_not_specified(container: str, name: str) -> ArmError:
    message = f"The resource requests are not specified for container '{container}' in container group '{name}'."
    return ArmError(400, "ResourceRequestsNotSpecified", message)


def invalid_os_type(name: str, value: object) -> ArmError:
    message = (
        f"The 'osType' for container group '{name}' is invalid. The value must be one of 'Windows,Linux', not "
        f"'{value}'."
    )
    return ArmError(400, "InvalidOsType", message)


def identity_not_found(identity: str) -> ArmError:
    message = f"Failed to perform resource identity operation. The identity '{identity}' was not found."
    return ArmError(400, "FailedIdentityOperation", message)


def invalid(message: str, target: str | None = None) -> ArmError:
    """* A rule of the body that no quoted answer names a code for."""
    return ArmError(400, "InvalidRequestContent", message, target=target)


def logs_not_available(container: str) -> ArmError:
    message = f"The log of container '{container}' is not available yet, please retry later."
    return ArmError(404, "ContainerLogNotAvailable", message)


def not_simulated(feature: str) -> ArmError:
    """Azure has it, the simulator does not; never answered as success."""
    return ArmError(501, "NotSimulated", f"Azure offers {feature}; the simulator does not.")
