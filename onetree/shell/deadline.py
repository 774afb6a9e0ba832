"""When reading a command must end."""

from time import monotonic, thread_time

WAITED = 4  # times the processor's time that may go by on the clock: the rest is spent waiting, for a disk or a turn


class Deadline:
    """The end of a budget: seconds of the processor in this thread, which others on a busy machine cannot use up."""

    __slots__ = ("_clock", "_processor")

    def __init__(self, budget: float) -> None:
        self._processor = thread_time() + budget
        self._clock = monotonic() + WAITED * budget

    def passed(self) -> bool:
        """Whether it is time to say what is known by now."""
        return thread_time() > self._processor or monotonic() > self._clock


NEVER = Deadline(float("inf"))
