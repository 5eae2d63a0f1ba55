"""The request budget of a token and an organization, shared by all processes of the store."""

from productive_integrations.schemas.budget import Account, Group

from .database import Connection


def take(db: Connection, account: Account, ticket: str, number: int, flight: float) -> float:
    """Enter a group of requests, or give the seconds until there may be room."""
    now = db.now()
    longest = max(account.token_window.seconds, account.organization_window.seconds)
    db.execute("DELETE FROM requests WHERE at <= ?", (now - longest,))
    closed = db.execute("SELECT closed_until FROM gates WHERE token = ?", (account.token,)).fetchone()
    delay = closed[0] - now if closed else 0.0
    for owner, name, window in (
        ("token", account.token, account.token_window),
        ("organization_id", account.organization_id, account.organization_window),
    ):
        since = now - window.seconds
        rows = db.execute(f"SELECT at, number FROM requests WHERE {owner} = ? AND at > ? ORDER BY at", (name, since))
        counted = rows.fetchall()
        over = sum(group for _, group in counted) + number - window.requests
        for at, group in counted:
            if over <= 0:
                break
            over -= group
            # Nobody knows when a group under way will end; now is the soonest.
            delay = max(delay, min(at, now) + window.seconds - now)
    if delay > 0:
        return float(delay)
    db.execute(
        "INSERT INTO requests (ticket, token, organization_id, number, at) VALUES (?, ?, ?, ?, ?)",
        (ticket, account.token, account.organization_id, number, now + flight),
    )
    return 0.0


def leave(db: Connection, account: Account, groups: tuple[Group, ...], closed_for: float) -> None:
    """Count what groups sent from their end on, and close the gate for a while if Productive said so."""
    now = db.now()
    for group in groups:
        if group.sent:
            db.execute(
                "UPDATE requests SET number = ?, at = ? WHERE ticket = ?", (group.sent, now - group.age, group.ticket)
            )
        else:
            db.execute("DELETE FROM requests WHERE ticket = ?", (group.ticket,))
    if closed_for > 0:
        db.execute(
            "INSERT INTO gates (token, closed_until) VALUES (?, ?) ON CONFLICT (token) DO UPDATE "
            "SET closed_until = excluded.closed_until WHERE gates.closed_until < excluded.closed_until",
            (account.token, now + closed_for),
        )
