"""How every program of onetree begins and ends: whatever stops it is said in a line, and never as a traceback."""

import os
import sys

# Exit statuses: could not tell, as in the README; and what a shell shows for a program that a signal ended.
COULD_NOT_TELL, INTERRUPTED, BROKEN_PIPE = 111, 130, 141


def start(module: str) -> None:
    """Run main() of a module of this package and end the process with its exit status."""
    name = module.replace("_", "-")
    # Python leaves a stream that was closed by the caller as None.
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a name need not be UTF-8
    try:
        code = _run(f"{__package__}.{module}")
        if sys.stdout:  # the dispatcher takes it away when nobody can read its answer
            sys.stdout.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe has seen enough
        code = BROKEN_PIPE
    except OSError as e:
        what = f"use {e.filename}" if e.filename else "read its input or write its output"
        code = _failed(f"{name}: unable to {what}: {e.strerror or e}")
    except Exception as e:
        at = e.__traceback__
        while at and at.tb_next:
            at = at.tb_next
        where = f" ({os.path.basename(at.tb_frame.f_code.co_filename)}:{at.tb_lineno})" if at else ""
        code = _failed(
            f"{name}: unable to go on, by a fault of its own: {type(e).__name__}: {e}{where}; please report it"
        )
    # Without Python's own end, which would flush a broken standard output once more, and takes a millisecond.
    os._exit(code)


def _run(module: str) -> int:
    __import__(module)
    try:
        code: int = sys.modules[module].main()
    except SystemExit as e:  # argparse has said what there is to say
        return e.code if isinstance(e.code, int) else 2
    return code


def _failed(text: str) -> int:
    try:
        sys.stdout.flush()
    except OSError:
        pass
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:
        pass
    return COULD_NOT_TELL
