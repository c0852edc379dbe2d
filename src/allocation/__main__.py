"""The command `allocation`, which is `python -m allocation` too."""

import signal


def main() -> None:
    """Begin: until all is imported, Ctrl-C just ends it, since there is nothing to tell yet."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from allocation.entrypoints.cli import main as command  # noqa: PLC0415 - as the line says

    signal.signal(signal.SIGINT, before)
    command()


if __name__ == "__main__":
    main()
