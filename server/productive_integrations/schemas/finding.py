from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, WithJsonSchema

Severity = Literal["block", "confirm", "inform"]


class Finding(BaseModel):
    """What a rule says about an edit or a stored mapping.

    `block` forbids the edit, `confirm` needs a person's yes or the rule's id in `accept`, `inform` is only said.
    `fix` is what to send instead, when that is known.
    """

    model_config = ConfigDict(frozen=True)

    rule: str
    severity: Annotated[Severity, WithJsonSchema({"type": "string"})]
    field: str
    message: str
    fix: str | None = None
