import pytest
from hypothesis import given
from hypothesis import strategies as st

from productive_integrations.providers import PROVIDERS, Provider, Reference
from productive_integrations.providers.xero import Xero

each_type = pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.__name__)


def test_reading_takes_relationships_as_the_api_gave_them() -> None:
    record = Xero.read({"subsidiary": {"id": "7", "name": "Atelier"}, "creator": Reference(id="3")})

    assert record.misfits == ()
    assert record.subsidiary == Reference(id="7", name="Atelier")
    assert record.creator == Reference(id="3")


def test_reading_keeps_a_misfit_and_names_it() -> None:
    values = {
        "account_code_mapping": '{"1": "200"}',
        "account_code": 200,
        "export_number": "yes",
        "name": "X",
    }

    record = Xero.read(values)

    assert record.misfits == ("account_code", "account_code_mapping", "export_number")
    assert {name: getattr(record, name) for name in values} == values


def test_reading_drops_what_no_type_declares() -> None:
    record = Xero.read({"fortnox_default_account": "3041", "invented": 1})

    assert not hasattr(record, "invented")
    assert not hasattr(record, "fortnox_default_account")


any_text = st.text(st.characters(), max_size=12)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=6,
)


@each_type
@given(data=st.data())
def test_reading_never_fails_and_keeps_every_value(provider: type[Provider], data: st.DataObject) -> None:
    names = st.sampled_from(sorted(provider.model_fields)) | any_text
    values = data.draw(st.dictionaries(names, any_json, max_size=6))

    record = provider.read(values)

    assert set(record.misfits) <= set(values)
    for name in set(values) & set(provider.model_fields):
        if not isinstance(kept := getattr(record, name), Reference):
            assert repr(kept) == repr(values[name])
