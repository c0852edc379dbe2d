"""The use cases: handlers, the registry, the message bus and the unit of work."""
