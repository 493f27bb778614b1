"""The words of judgement: verdicts, reasons, and the integers that stand for them in columns."""

from enum import IntEnum
from typing import NamedTuple

from audits.instants import DAY, HOUR, MINUTE, NAT, SECOND

__all__ = ["DAY", "HOUR", "MINUTE", "NAT", "SECOND", "Reason", "Verdict", "Words"]


class Words(NamedTuple):
    """The same phrase in Chinese and in English."""

    zh: str
    en: str

    def in_(self, lang: str) -> str:
        """The phrase in ``zh`` or ``en``."""
        return self.en if lang == "en" else self.zh


class Verdict(IntEnum):
    """One of five, for each obligation; a mark (waived, baseline, disputed) is never one of them."""

    MET = 0
    BREACHED = 1
    PENDING = 2
    NOT_APPLICABLE = 3
    NO_DATA = 4


class Reason(IntEnum):
    """Why a verdict is what it is; one code a row, the words stand in the catalogues."""

    # met
    IN_TIME = 1
    BOUNDED = 2  # no stamp of its own, but a later stamp proves it was in time
    COMPLETE = 3
    IN_ORDER = 4
    ENOUGH = 5
    # breached
    LATE = 20
    OPEN_LATE = 21
    MISSING = 22
    OUT_OF_ORDER = 23
    BELOW = 24
    WRONG_LEVEL = 25
    NOT_DONE = 26
    FAILED = 27
    NOT_ALLOWED = 28
    ILL_FORMED = 29
    ATTESTED = 30  # people said so; no record was judged
    # pending
    INSIDE = 40
    # not applicable
    MERGED = 60
    DUPLICATE = 61
    TEST = 62
    SPAM = 63
    NO_CONDITION = 64
    NONE_DUE = 65
    # no data
    NULL_FILTER = 80
    UNMAPPED_VALUE = 81
    FIELD_NOT_PROVIDED = 82
    STAMP_TOO_COARSE = 83
    BEFORE_SINCE = 84
    END_BEFORE_START = 85
    BEYOND_CALENDAR = 86
    NO_END = 87  # closed, yet the stamp is missing
    NO_START = 88
    ROW_MISSING = 89  # no row, in a source that promises nothing
    NO_LINK = 90  # which record it belongs to is ambiguous
    UNDECIDED = 91  # the holes of a rate could tip it
    UNREADABLE = 92
    TOO_PRECISE = 93
    REF_MISSING = 94
    UNKNOWN_BEFORE = 95  # the verdict this one hangs on is itself no_data
    NULL_VALUE = 96  # a value the check compares is null
    SOURCES_DISAGREE = 97  # two sources of one instant, further apart than the mapping allows
    CLOCK_CHANGE = 98  # a local time that came twice or never
    ONLY_BOUND = 99  # known only to lie between two instants, with the due instant between them
    OLD_EXPORT = 100  # blank in an export older than the newest: it may have happened since
    OTHER_TIME = 101  # a state that is on record for another time only
    NO_LIST = 102  # the house gave no list to hold the value against
