"""The simulated container registries as a place to pull from."""

from __future__ import annotations

from azure_simulator.core.service import Context
from azure_simulator.services.container_instance.images import (
    Credential,
    ImageReference,
    ImageUnavailable,
    ResolvedImage,
)


class SimulatedRegistries:
    def __init__(self, context: Context) -> None:
        self._context = context

    def serves(self, host: str) -> bool:
        return False

    def resolve(self, image: ImageReference, credential: Credential | None) -> ResolvedImage:
        raise ImageUnavailable(str(image))
