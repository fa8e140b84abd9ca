"""Images built from a directory with a Dockerfile: what stands behind a run of a registry's task. See README.md."""
