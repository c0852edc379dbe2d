"""The machinery of a message processor; it could carry any domain.

A bus takes a message to its handlers; a processor takes messages that came in, and
those that followed from them, through the bus in groups, each group one transaction;
the log keeps every message with its status; a relay carries out what has an effect
outside the database. Nothing in here knows of stock, SQL or HTTP.
"""
