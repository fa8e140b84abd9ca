"""The registry's own protocol: OCI distribution v1.1 and ACR's `/acr/v1`, on each registry's address."""
