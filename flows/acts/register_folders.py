"""Where a source keeps its registers: the folder that its mapping names for an entity."""

import os
from pathlib import Path

from audits.errors import WrongUse
from config.mapping import Mapping, load_mapping
from config.settings import Settings


def mapping_of(settings: Settings, source: str) -> Mapping:
    """The mapping of a source: the one in the settings where it is that one's, else by its name.

    Raises:
        WrongUse: there is none, or it is of another source.
    """
    own = load_mapping(settings.source, os.environ)
    if source in ("", settings.source, own.file.source):
        return own
    return load_mapping(source, os.environ)


def folder_for(mapping: Mapping, *entities: str) -> Path:
    """The one folder of registers that these entities come from.

    Raises:
        WrongUse: the mapping does not take them from registers, or from several folders.
    """
    folders = []
    for entity in entities:
        block = mapping.file.entities.get(entity)
        folder = mapping.file.connections[block.from_].folder if block else None
        if folder is None:
            registers = next((n for n, c in mapping.file.connections.items() if c.folder), "registers")
            lines = ", ".join(f"{name}: {{from: {registers}}}" for name in entities)
            found = f"the mapping takes no {entity} from registers, so the next audit would not see it"
            raise WrongUse(found, mapping.path, f"write under `entities`: {lines}")
        folders.append(folder)
    if len(set(folders)) > 1:
        raise WrongUse(
            f"the mapping takes {' and '.join(entities)} from several folders", mapping.path, "name one"
        )
    return Path(folders[0])
