"""The doors: each turns its input into an event, and waits for the answer."""
