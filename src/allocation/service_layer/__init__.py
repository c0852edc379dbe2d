"""The use cases: handlers, the bus bound to them, and the unit of work they run in."""
