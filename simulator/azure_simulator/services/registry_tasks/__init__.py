"""Microsoft.ContainerRegistry: tasks and runs of registries. What builds is in `azure_simulator.building`."""
