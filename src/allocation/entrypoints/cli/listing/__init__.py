"""`allocation list`: each command derives from the description of a list."""
