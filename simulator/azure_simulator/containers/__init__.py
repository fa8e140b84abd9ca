"""The container engine: OCI images become real processes, without root, chroot or Docker. Start with README.md."""
