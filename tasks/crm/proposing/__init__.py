"""A first mapping for a CRM nobody has mapped yet: its schema read, tables and columns proposed, a file written.

What is proposed is a proposal: every choice stands in the file with its reason, and so do those not taken.
"""

from tasks.crm.proposing.folders import propose_folder
from tasks.crm.proposing.proposal import Proposal, propose

__all__ = ["Proposal", "propose", "propose_folder"]
