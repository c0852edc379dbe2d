"""Who may use the service: access keys, their scopes, and the callers who present them.

Plain Python, like the domain: the clock and the random bytes are passed in.
"""
