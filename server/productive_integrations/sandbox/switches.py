"""What is not known about the live API, each with its most likely answer as the default."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeFloat

from .world.attributes import WRITABLE


class Switches(BaseModel):
    """How the sandbox behaves where nobody knows how Productive does."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    patch_mode: Literal["replace", "merge"] = "replace"
    patch_refusal: Literal[401, 403, 404, 405, 422] | None = None
    accepted_attributes: set[str] = set(WRITABLE)
    ignored_attributes: set[str] = set()
    normalise: Literal["strip_zeros", "null_empty"] | None = None
    lists_include_archived: bool = False
    honour_filters: bool = True
    sparse_fields: bool = True
    check_data_type: bool = False
    rate_limit: bool = True
    rate_limit_header: Literal["x-ratelimit-reset", "retry-after"] | None = "x-ratelimit-reset"
    server_time_limited: bool = False
    replica_lag: NonNegativeFloat = 0
    latency: NonNegativeFloat = 0
    secrets_blanked: bool = False
