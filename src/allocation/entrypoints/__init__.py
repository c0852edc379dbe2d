"""The entry points: each turns its input into a message and waits for the answer."""
