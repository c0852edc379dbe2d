"""The machinery of a message processor, independent of any domain.

The bus dispatches a message to its handlers. The processor handles incoming messages and
their follow-ups in groups, one transaction per group. The log records every message with
its status. The outbox relay runs the handlers with effects outside the database, after the
commit. Nothing in this package knows about stock, SQL or HTTP.
"""
