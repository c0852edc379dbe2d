"""Logging in with a browser: the page, the session, and its end."""
