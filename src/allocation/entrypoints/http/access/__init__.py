"""Access: the layers in front of all routes, which decide whether a request is served."""
