"""The feed of events: `GET /events`, as JSON, by long polling and as server-sent events."""
