"""Mappings: how a CRM's rows become canonical ones, as a file people edit (docs/mappings.md)."""

from config.mapping.load import Mapping, MappingError, load_mapping

__all__ = ["Mapping", "MappingError", "load_mapping"]
