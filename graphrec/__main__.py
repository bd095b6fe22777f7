"""``python -m graphrec`` and the script ``graphrec``: Ctrl-C is heard from here on, while the rest is still imported.

Nothing but ``sys`` is imported before that: whatever is, an early Ctrl-C could meet with a traceback.
"""

import sys


def main() -> None:
    """Run the command line and exit; a Ctrl-C in the middle of imports leaves like any other, with exit code 130."""
    try:
        from graphrec.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)
    finally:
        _end_at_once()


def _end_at_once() -> None:
    """Let another Ctrl-C end the process while it shuts down, without a word from whatever it meets there."""
    import signal

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


if __name__ == "__main__":
    main()
