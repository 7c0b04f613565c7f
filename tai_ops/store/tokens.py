"""The tokens by which other programs may ask this one over HTTP: each has a name, a scope and an end.

A token is shown when it is made and never again; what is kept is its hash. It is 32 random bytes, so that a plain hash
can't be tried out. Source: contract.md "HTTP".
"""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from tai_ops.errors import Refused, WrongUsage
from tai_ops.rights import Actor
from tai_ops.store.connection import Store

SCOPES: dict[str, str] = {
    "probes": "send samples of how the services answer",
    "incidents": "open, acknowledge and resolve incidents",
    "metrics": "read the program's own measures at /metrics",
}
"""Each scope and what it lets a program do."""
PREFIX = "tai_"
LONGEST_NAME = 60
_NAME = re.compile(r"[\w][\w .@-]*")


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is kept: without its secret. `revoked_at` and `revoked_by` are None while it is good."""

    name: str
    scope: str
    made_at: datetime
    made_by: str
    revoked_at: datetime | None
    revoked_by: str | None

    @property
    def is_good(self) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None


def create(
    store: Store, actor: Actor, name: str, scope: str, *, now: datetime, request_key: str | None = None
) -> str:
    """Make a token; what it answers is the token itself, which nobody can read again.

    Raises WrongUsage where there is no such scope, Refused where the name is taken or can't be one, NotAllowed.
    """
    if scope not in SCOPES:
        raise WrongUsage(f"{scope!r} is no scope; the scopes are {', '.join(SCOPES)}")
    called = name.strip()
    if len(called) > LONGEST_NAME or not _NAME.fullmatch(called):
        raise Refused(
            f"{name!r} can't be a token's name: letters, digits, spaces and . @ _ - up to {LONGEST_NAME}"
        )
    token = PREFIX + secrets.token_urlsafe(32)
    with store.write(
        actor, "company", "create token", now=now, subject=("tokens", called), request_key=request_key
    ) as write:
        if write.repeated is not None:
            raise Refused(f"the token {called!r} was made a moment ago; it is shown once only")
        if write.sql("select 1 from tokens where name = $name", {"name": called}).fetchone():
            raise Refused(f"there is, or was, a token named {called!r}; choose another name")
        write.sql(
            """
            insert into tokens (name, scope, token_hash, made_at, made_by)
            values ($name, $scope, $hash, $at, $by)
            """,
            {"name": called, "scope": scope, "hash": _hash(token), "at": write.now, "by": write.by},
        )
        write.detail = {"name": called, "scope": scope}
    return token


def revoke(store: Store, actor: Actor, name: str, *, now: datetime) -> Token:
    """End a token at once; Refused where there is none of that name or it has ended, NotAllowed."""
    with store.write(actor, "company", "revoke token", now=now, subject=("tokens", name)) as write:
        found = next((token for token in tokens(store) if token.name == name.strip()), None)
        if found is None:
            raise Refused(f"there is no token named {name!r} (`tai-ops token list` names them)")
        if not found.is_good:
            raise Refused(f"the token {name!r} was revoked before, by {found.revoked_by}")
        write.sql(
            "insert into token_revocations (name, revoked_at, revoked_by) values ($name, $at, $by)",
            {"name": found.name, "at": write.now, "by": write.by},
        )
        write.detail = {"name": found.name, "scope": found.scope}
        return Token(found.name, found.scope, found.made_at, found.made_by, write.now, write.by)


def tokens(store: Store) -> list[Token]:
    """Every token, the good ones first, then the revoked ones; by name."""
    rows = store.rows(
        """
        select t.name, t.scope, t.made_at, t.made_by, r.revoked_at, r.revoked_by
        from tokens t left join token_revocations r using (name)
        order by r.revoked_at is not null, t.name
        """
    )
    return [Token(*row) for row in rows]


def holder(store: Store, token: str, scope: str) -> str | None:
    """The name of the good token of that scope; None where it is none, of another scope, or revoked."""
    found = store.row(
        """
        select t.name from tokens t
        where t.token_hash = $hash and t.scope = $scope
          and not exists (select 1 from token_revocations r where r.name = t.name)
        """,
        {"hash": _hash(token), "scope": scope},
    )
    return found[0] if found else None


def bearer(header: str | None) -> str:
    """The token in an Authorization header; empty where there is none.

    It may be the password of a name (Basic) too: some senders of webhooks offer no other way.
    """
    kind, _, token = (header or "").partition(" ")
    if kind.lower() == "basic":
        try:
            return base64.b64decode(token.strip(), validate=True).decode().partition(":")[2]
        except ValueError:
            return ""
    return token.strip() if kind.lower() == "bearer" else ""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
