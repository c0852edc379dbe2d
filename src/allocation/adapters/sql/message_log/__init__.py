"""The message log in the database, whatever the messages are about."""
