"""The outside world: SQL, e-mail, the wire."""
