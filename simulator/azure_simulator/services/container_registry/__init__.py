"""Microsoft.ContainerRegistry: the control plane of registries. Their own protocol is in `azure_simulator.registry`."""
