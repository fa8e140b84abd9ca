"""The sample backend as an OCI image: packing it and pushing it to a registry."""

# Builds that fail on purpose; what each does is in the sample's own README.
FAULTS = (
    "crash",
    "crash-later",
    "exit",
    "health-error",
    "missing-variable",
    "never-ready",
    "out-of-memory",
    "slow-start",
    "unhealthy",
    "wrong-port",
)
