"""The steps that take a database from one shape of the tables to the next."""
