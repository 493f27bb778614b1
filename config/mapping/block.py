"""What every block of a mapping has in common."""

from pydantic import BaseModel, ConfigDict


class Block(BaseModel):
    """A block of the file: unknown keys are errors, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True)
