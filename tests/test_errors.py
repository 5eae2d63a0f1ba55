import inspect

import pytest

from productive_integrations import errors
from productive_integrations.errors import CallerError, IntegrationsError, OperatorError, RateLimited, ServiceError

EVERY = [each for _, each in inspect.getmembers(errors, inspect.isclass)]


@pytest.mark.parametrize("error", EVERY, ids=lambda error: error.__name__)
def test_every_error_has_one_who_can_act_and_is_in_the_list_that_explains_it(error: type[IntegrationsError]) -> None:
    groups = [group for group in (CallerError, OperatorError, ServiceError) if issubclass(error, group)]

    assert len(groups) == (0 if error is IntegrationsError else 1)
    assert f"{error.__name__} " in f"{errors.__doc__} ".replace("\n", " ")


@pytest.mark.parametrize("seconds", [-3, 0, 0.01, 1, 1.4, 2, 6.5, 59.9, 3700])
def test_the_seconds_to_wait_are_whole_enough_and_hardly_more(seconds: float) -> None:
    error = RateLimited(seconds)

    assert isinstance(error.seconds, int)
    assert error.seconds >= 1
    assert seconds <= error.seconds <= max(1, seconds + 1)
    assert f"Try again in {error.seconds} seconds" in str(error)
