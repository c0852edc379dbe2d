"""The entry points, HTTP and command line: they turn input into messages."""
