"""Adapters to the outside world: databases, e-mail, the wire format."""
