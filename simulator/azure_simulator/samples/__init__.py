"""The sample backend as an OCI image: packing it and pushing it to a registry."""
