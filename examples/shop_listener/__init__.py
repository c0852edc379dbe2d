"""A client that keeps a shop's own table of promises true."""
