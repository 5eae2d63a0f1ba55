import os
import traceback
from itertools import combinations
from pathlib import Path

import pytest
from pydantic import ValidationError

from productive_integrations.errors import SettingsError
from productive_integrations.settings import Settings, read_settings

TOKEN = "pat-CANARY-0123456789"
ENOUGH = {"PRODUCTIVE_API_TOKEN": TOKEN, "PRODUCTIVE_ORGANIZATION_ID": "28417"}


OAUTH = {
    "oauth_issuer": "https://login.example.com/",
    "oauth_audience": "https://mcp.example.com/mcp",
    "oauth_jwks_url": "https://login.example.com/.well-known/jwks.json",
}


def read(**changed: str) -> Settings:
    return read_settings(ENOUGH | {f"PRODUCTIVE_{name.upper()}": text for name, text in changed.items()})


def refusal(environment: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        read_settings(environment)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    return text


def test_a_token_and_an_organization_are_enough() -> None:
    settings = read_settings(ENOUGH)

    assert settings.api_token.get_secret_value() == TOKEN
    assert settings.organization_id == "28417"
    assert settings.base_url == "https://api.productive.io/api/v2/"
    assert (settings.read_only, settings.approval, settings.log_level) == (False, "host", "INFO")
    assert (settings.timeout, settings.wait) == (30, 20)
    assert Path(settings.state.get_secret_value()).is_absolute()
    assert Path(settings.state.get_secret_value()).parent.name == "productive-integrations-mcp"


@pytest.mark.parametrize("name", ["API_TOKEN", "ORGANIZATION_ID"])
@pytest.mark.parametrize("blank", [None, "", "  ", "\t\n"])
def test_a_missing_or_blank_credential_stops_the_start_and_names_the_demo(name: str, blank: str | None) -> None:
    environment = {key: text for key, text in ENOUGH.items() if key != f"PRODUCTIVE_{name}"}
    if blank is not None:
        environment[f"PRODUCTIVE_{name}"] = blank

    text = refusal(environment)

    assert text.startswith(f"PRODUCTIVE_{name} is not set: ")
    assert "--demo" in text


@pytest.mark.parametrize("name", ["base_url", "read_only", "approval", "state", "timeout", "wait", "log_level"])
def test_a_blank_setting_means_its_default(name: str) -> None:
    assert read(**{name: " "}) == read_settings(ENOUGH)


def test_blanks_around_a_value_do_not_count() -> None:
    settings = read(organization_id=" 77 ", read_only=" true\n", approval=" none ", timeout=" 5 ")

    assert (settings.organization_id, settings.read_only, settings.approval) == ("77", True, "none")
    assert settings.timeout == 5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("api_token", text) for text in ("pat QUOTED", "pat\nQUOTED", "pätQUOTED", "QUOTED\x00", "QUOTED" * 100)),
        *(
            ("organization_id", text)
            for text in ("QUOTED", "0", "007", "-77", "7.0", "7_7", "\uff17\uff17", "1" * 20, "7/../8", "7\n8")
        ),
        *(
            ("base_url", text)
            for text in (
                "QUOTED",
                "http://api.quoted.io/",
                "http://127.0.0.1.quoted.io/",
                "http://localhost@quoted.io/",
                "ftp://localhost/",
                "file:///etc/quoted",
                "https:///quoted",
                "https://",
                "https://user:quoted@host/",
                "https://:quoted@host/",
                "https://@host/",
                "https://host/?quoted",
                "https://host/?",
                "https://host/#",
                "https://host/#quoted",
                "https://host:quoted/",
                "https://host:99999/",
                "https://host:0/",
                "https://xn--quoted.com/",
                "https://ho st/",
                "https://ho\nst/",
                "https://h\u00f6st/",
                "https://host/a b/",
                "https://host/../quoted/",
                "https://host/%2e%2e/",
                "https://host//quoted",
                "https://host\\quoted/",
                "https://[::1",
                "//host/quoted",
            )
        ),
        *(("read_only", text) for text in ("yes", "1", "on", "QUOTED", "true false")),
        *(("approval", text) for text in ("QUOTED", "HOST", "human,host")),
        *(
            ("state", text)
            for text in (
                "mysql://user:QUOTED@host/db",
                "postgressql://u:QUOTED@h/d",
                "file:///QUOTED",
                "postgresql://u:QUOTED@[h/d",
                "postgresql://u:QUO#TED@h/d",
                "postgresql://u:QUO?TED@h/d",
                "~no-QUOTED-one/x",
            )
        ),
        *(("timeout", text) for text in ("QUOTED", "0", "-1", "601", "nan", "inf", "-inf", "1s", "1,5", "true")),
        *(("wait", text) for text in ("QUOTED", "-1", "601", "nan", "inf")),
        *(("log_level", text) for text in ("QUOTED", "TRACE", "10")),
    ],
    ids=ascii,
)
def test_a_wrong_value_stops_the_start_with_one_sentence_that_names_the_variable_and_not_the_value(
    name: str, value: str
) -> None:
    text = refusal(ENOUGH | {f"PRODUCTIVE_{name.upper()}": value})

    assert text.startswith(f"PRODUCTIVE_{name.upper()} has a wrong value: it must be ")
    assert "quoted" not in text.lower()
    assert len(value) < 5 or value not in text


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("PRODUCTIVE_TOKEN", "did you mean PRODUCTIVE_API_TOKEN?"),
        ("PRODUCTIVE_READONLY", "did you mean PRODUCTIVE_READ_ONLY?"),
        ("PRODUCTIVE_ORGANISATION_ID", "did you mean PRODUCTIVE_ORGANIZATION_ID?"),
        ("PRODUCTIVE_LOGLEVEL", "did you mean PRODUCTIVE_LOG_LEVEL?"),
        ("PRODUCTIVE_QXZ", "remove it."),
    ],
)
def test_a_misspelt_setting_stops_the_start_and_is_told_the_nearest_name(name: str, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(ENOUGH | {name: TOKEN})

    assert str(caught.value).startswith(f"{name} is no setting of this server")
    assert str(caught.value).endswith(hint)
    assert TOKEN not in str(caught.value)


def test_an_unknown_name_without_a_value_and_other_programs_variables_do_not_matter() -> None:
    assert read_settings(ENOUGH | {"PRODUCTIVE_QXZ": " ", "PRODUCTIVITY": "x", "HOME": "/x"}) == read_settings(ENOUGH)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("https://proxy.example", "https://proxy.example/"),
        ("https://proxy.example/a/b2_c-d~e.f", "https://proxy.example/a/b2_c-d~e.f/"),
        ("https://proxy.example:8443/a/", "https://proxy.example:8443/a/"),
        ("HTTPS://API.Productive.IO:443/api/V2", "https://api.productive.io/api/V2/"),
        ("http://localhost:8787/api/v2/", "http://localhost:8787/api/v2/"),
        ("http://127.0.0.1:80/", "http://127.0.0.1/"),
        ("http://[::1]:8787/api", "http://[::1]:8787/api/"),
    ],
)
def test_an_address_is_kept_as_the_exit_guard_will_see_it(given: str, address: str) -> None:
    assert read(base_url=given).base_url == address


@pytest.mark.parametrize(
    ("text", "answer"), [("true", True), ("TRUE", True), ("True", True), ("false", False), ("FALSE", False)]
)
def test_yes_and_no_are_true_and_false_in_any_case(text: str, *, answer: bool) -> None:
    assert read(read_only=text).read_only is answer


def test_a_log_level_is_meant_in_any_case() -> None:
    assert read(log_level="debug").log_level == "DEBUG"


def test_a_state_file_may_be_in_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))

    assert read(state="~/state.sqlite").state.get_secret_value() == str(tmp_path / "state.sqlite")


def test_the_environment_of_the_process_is_read_when_no_other_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PRODUCTIVE_")]:
        monkeypatch.delenv(name)
    for name, text in ENOUGH.items():
        monkeypatch.setenv(name, text)

    assert read_settings() == read_settings(ENOUGH)


def test_fixed_values_win_over_the_environment() -> None:
    settings = read_settings(ENOUGH, base_url="http://127.0.0.1:1/", organization_id="5")

    assert (settings.base_url, settings.organization_id) == ("http://127.0.0.1:1/", "5")


def test_the_token_is_in_no_form_in_which_settings_are_shown() -> None:
    settings = read_settings(ENOUGH)

    for shown in (repr(settings), str(settings), f"{settings.model_dump()}", settings.model_dump_json()):
        assert "CANARY" not in shown


@pytest.mark.parametrize(
    "values",
    [{"api_token": TOKEN}, {"api_token": f"{TOKEN}\n", "organization_id": "1"}, {"api_token": [TOKEN]}, {"x": TOKEN}],
    ids=str,
)
def test_the_token_is_in_no_message_of_a_failed_validation(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate(values)

    assert "CANARY" not in str(caught.value)
    assert "CANARY" not in repr(caught.value)
    assert "CANARY" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:hunter%2F2@db.example/state",
        "postgresql:///state?host=/run/pg&user=me&password=hunter/2",
        "postgresql://me:hunter%2F2@one.example:5432,two.example:5432/state",
    ],
)
def test_the_password_of_a_state_in_postgresql_is_known_as_a_secret_wherever_it_stands(address: str) -> None:
    assert "hunter/2" in read_settings(ENOUGH, state=address).secrets


@pytest.mark.parametrize("address", ["postgresql://me:CANARY%2Fx@db.example/state", "postgres://me:CANARY@/state"])
def test_the_password_of_a_state_in_postgresql_is_in_no_form_in_which_settings_are_shown(address: str) -> None:
    settings = read_settings(ENOUGH, state=address)

    assert settings.state.get_secret_value() == address
    assert settings.state_shown == "the PostgreSQL database state"
    for shown in (repr(settings), str(settings), f"{settings.model_dump()}", settings.model_dump_json()):
        assert "CANARY" not in shown


def test_settings_cannot_be_changed() -> None:
    settings = read_settings(ENOUGH)

    with pytest.raises(ValidationError):
        settings.read_only = True  # type: ignore[misc]


def test_an_issuer_is_kept_letter_by_letter() -> None:
    assert read().oauth is None

    oauth = read(**OAUTH).oauth

    assert oauth is not None
    assert [oauth.issuer, oauth.audience, oauth.jwks_url] == list(OAUTH.values())


@pytest.mark.parametrize("given", [*combinations(OAUTH, 1), *combinations(OAUTH, 2)], ids="+".join)
def test_half_an_issuer_stops_the_start_and_names_what_is_missing(given: tuple[str, ...]) -> None:
    with pytest.raises(SettingsError) as caught:
        read(**{name: OAUTH[name] for name in given})

    missing = next(name for name in OAUTH if name not in given)
    assert str(caught.value).startswith(f"PRODUCTIVE_{missing.upper()} is not set: give it ")
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("name", OAUTH)
@pytest.mark.parametrize(
    "value",
    [
        "quoted",
        "login.quoted.example",
        "http://quoted.example/",
        "http://127.0.0.1.quoted.example/",
        "ftp://localhost/quoted",
        "file:///etc/quoted",
        "https://user:quoted@host/",
        "https://host/#quoted",
        "https://host/quoted/../x",
        "https://host/a b",
        "https://host:quoted/",
        "https://host:99999/",
        "https://host:0/",
        "https://host/\nquoted",
        "https://host/quoted?",
        'https://host/quo"ted',
    ],
    ids=ascii,
)
def test_an_unsafe_address_of_the_issuer_stops_the_start(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(**OAUTH | {name: value})

    assert str(caught.value).startswith(f"PRODUCTIVE_{name.upper()} has a wrong value: it must be ")
    assert "quoted" not in str(caught.value)


@pytest.mark.parametrize(
    "value",
    ["https://host", "https://Host.Example/tenant/v2.0", "http://localhost:8080/realms/team", "http://[::1]:1/x"],
)
@pytest.mark.parametrize("name", OAUTH)
def test_other_addresses_of_the_issuer_are_taken(name: str, value: str) -> None:
    assert getattr(read(**OAUTH | {name: value}), name) == value


def test_only_the_address_of_the_keys_may_have_a_query() -> None:
    assert read(**OAUTH | {"oauth_jwks_url": "https://host/keys?p=b2c_1_sign_in"}).oauth
    for name in ("oauth_issuer", "oauth_audience"):
        with pytest.raises(SettingsError):
            read(**OAUTH | {name: "https://host/x?p=1"})
