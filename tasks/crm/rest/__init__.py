"""CRMs that answer only over REST: their records land in a database of ours, which the same mapping reads."""

from tasks.crm.rest.land import land_all

__all__ = ["land_all"]
