"""A page of documentation for each clause, written from its card, with indexes by standard and section.

A page says where the clause stands, what it asks, how it is judged, its exact edges, the readings it rests on,
who is told and what clears a finding. Everything comes from cards, readings and the catalogue of words: the
same cards give the same bytes.
"""

from reports.clause_pages.pages import Book, clause_pages

__all__ = ["Book", "clause_pages"]
