"""A hotel on the machinery of `allocation`: see docs/another-domain.md."""
