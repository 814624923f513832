"""The one exception type that users see."""


class SatledgerError(Exception):
    """Bad input or a state that a user can mend.

    The message is one sentence that says what is wrong, where (file, day, height) and what to do. The command line
    prints it without a traceback and exits with 1; a Dagster run shows it as the reason of the failure.
    """


class IncompleteDayError(SatledgerError):
    """The day asked for is not complete yet, or lies before the first day of the chain."""


class SourceChangedError(SatledgerError):
    """The source reorganised while a day was read from it; the day has to be read again."""


class DisprovenError(SatledgerError):
    """What a source says of a block does not fit the block's own proof; it must not enter the lake."""
