"""Token endpoint, OpenID discovery and the verification of tokens."""
