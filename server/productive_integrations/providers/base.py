from functools import cache
from typing import Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    JsonValue,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic.fields import FieldInfo

from .markers import Attribute, Mapping

Hash = dict[str, JsonValue]
"""A mapping as stored: JSON keys are text, values are what the API sent."""

Token = str | int
"""A code or an id as stored. Productive declares no type for most of them, so both forms are expected."""


class Reference(BaseModel):
    """A related record: its id, and its name when the API included it."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str | None = None


class Provider(BaseModel):
    """One integration type: what its records hold, in that type's own terms.

    A subclass declares facts and no behaviour. Reading never fails on a value of an unexpected form: the
    value is kept as it is and its name is in `misfits`. Names that no subclass declares are dropped.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", hide_input_in_errors=True)

    type_id: ClassVar[int]
    title: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()

    _misfits: tuple[str, ...] = PrivateAttr(default=())

    @field_validator("*", mode="wrap")
    @classmethod
    def _keep_what_does_not_fit(cls, value: Any, fits: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        try:
            return fits(value)
        except ValidationError:
            if info.context is None:
                raise
            info.context.append(info.field_name)
            return value

    @classmethod
    def read(cls, values: dict[str, Any]) -> Self:
        """Make the record from attributes and relationships as the API sent them."""
        return cls.model_validate(values, context=[])

    def model_post_init(self, context: list[str] | None, /) -> None:
        """Keep the names that validation noted in its context."""
        self._misfits = tuple(context or ())

    @property
    def misfits(self) -> tuple[str, ...]:
        """Names of attributes whose stored value is not of the expected form."""
        return self._misfits

    @classmethod
    @cache
    def attributes(cls) -> tuple[tuple[str, FieldInfo, Attribute], ...]:
        """Each attribute of this type: its name, its pydantic field and what it is."""
        return tuple(
            (name, field, next(fact for fact in field.metadata if isinstance(fact, Attribute)))
            for name, field in cls.model_fields.items()
        )

    @classmethod
    def mappings(cls) -> dict[str, Mapping]:
        """The mappings of this type by attribute name."""
        return {name: fact.kind for name, _, fact in cls.attributes() if isinstance(fact.kind, Mapping)}
