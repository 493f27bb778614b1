"""The CRM's side: mappings applied read-only, facts cast at the boundary, snapshots kept."""

from tasks.crm.extraction import Extract, extract

__all__ = ["Extract", "extract"]
