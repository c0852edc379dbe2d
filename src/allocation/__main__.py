"""The command `allocation`, also available as `python -m allocation`."""

import signal


def main() -> None:
    """Run the command; Ctrl-C during the imports ends the process without a traceback."""
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from allocation.entrypoints.cli import main as command  # noqa: PLC0415 - see the docstring

    signal.signal(signal.SIGINT, handler)
    command()


if __name__ == "__main__":
    main()
