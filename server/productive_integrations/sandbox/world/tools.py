"""Integrations that have nothing to map."""

from productive_integrations.sandbox.records import Record

from .making import OAUTH, integration

_SLACK = (*OAUTH, "slack_options")
_SSO = ("sso_metadata", "sso_metadata_url", "sso_target_url", "sso_url")


def integrations() -> list[Record]:
    """Calendars, chat, mail, time off, single sign-on and the rest."""
    return [
        integration("58210", 1, "CPP", "2019-03-11T09:00:00.000+00:00"),
        integration("64418", 5, "Zapier", "2021-06-02T09:40:00.000+00:00"),
        integration("66027", 6, "Webhook for the wallboard", "2021-09-15T14:10:00.000+00:00"),
        integration("71905", 6, "Webhook for invoice archive", "2022-08-04T11:30:00.000+00:00"),
        integration(
            "72388",
            7,
            "Jira (Meridian)",
            "2022-09-19T10:00:00.000+00:00",
            secrets=OAUTH,
            work={"project": "305118", "deal": "552031"},
            creator="187529",
            jira_organization="harbourpine",
            jira_project="MERBOOK",
            all_folders=False,
            folders=["118204", "118215"],
        ),
        integration(
            "77123",
            7,
            "Jira (Rheinwerk)",
            "2023-07-03T10:00:00.000+00:00",
            secrets=OAUTH,
            work={"project": "304206"},
            creator="187529",
            jira_organization="pinedigital",
            jira_project="RWM",
            all_folders=True,
        ),
        integration("73040", 8, "Single sign-on", "2022-11-01T08:00:00.000+00:00", secrets=_SSO, force_sso_login=True),
        integration(
            "59774",
            9,
            "Google Calendar",
            "2019-05-20T08:30:00.000+00:00",
            secrets=OAUTH,
            calendars=["studio@harbourpine.example", "imogen.hartley@harbourpine.example"],
            calendar_write_status="read_write",
            calendar_write_options=["bookings", "time_off"],
            google_events_write_scope=True,
        ),
        integration("60390", 10, "Harvest import", "2019-08-12T13:00:00.000+00:00", secrets=OAUTH),
        integration(
            "62841",
            11,
            "Slack",
            "2020-01-27T09:15:00.000+00:00",
            secrets=_SLACK,
            work={"project": "305461", "deal": "552480"},
            all_folders=True,
        ),
        integration(
            "65533",
            12,
            "Microsoft 365",
            "2021-08-09T07:45:00.000+00:00",
            secrets=OAUTH,
            calendars=["amsterdam@harbourpine.example"],
            calendar_write_status="read_only",
        ),
        integration("67709", 14, "Slack bot", "2021-12-06T10:05:00.000+00:00", secrets=_SLACK),
        integration("68512", 16, "Personio (Berlin)", "2022-01-10T08:20:00.000+00:00", secrets=OAUTH),
        integration("69926", 17, "Merge", "2022-04-25T09:55:00.000+00:00", secrets=OAUTH),
        integration("70381", 20, "Breathe", "2022-05-30T09:10:00.000+00:00", secrets=OAUTH),
        integration("75508", 22, "Rippling", "2023-03-13T15:25:00.000+00:00", secrets=OAUTH),
        integration("77846", 24, "Apideck", "2023-10-02T12:35:00.000+00:00", secrets=OAUTH),
        integration("81560", 25, "Gmail", "2024-07-08T08:50:00.000+00:00", secrets=OAUTH),
        integration("82277", 28, "Outlook mail", "2024-08-05T08:55:00.000+00:00", secrets=OAUTH),
        integration("86619", 30, "Teams bot", "2025-03-17T09:30:00.000+00:00", secrets=OAUTH),
    ]
