"""The load generator: a process of its own that is as cheap as Python allows."""
