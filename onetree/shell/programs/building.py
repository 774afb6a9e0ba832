"""Build tools."""

from .call import Call


def make(call: Call) -> None:
    """make: its rules are a program of the tree, unless the command brings them along."""
    call.record()
    call.option_values()
    file = call.value("-f", "--file", "--makefile")
    if call.value("--eval") is not None or (file is not None and call.brings(file)):
        call.opaque("make: rules that come with the command are not read")
