"""The company's own words for messages; the newest of a template holds, one without words goes back to the program's."""

from datetime import datetime

from tai_ops.message_templates import DEFAULTS, Template, own_template
from tai_ops.rights import Actor
from tai_ops.store.connection import Store

RIGHT_OF = {
    "onboarding": "success",
    "document": "success",
    "incident": "reliability",
    "call": "sales",
    "follow_up": "sales",
    "proposal": "proposals",
}
"""Who puts the messages of each matter into words."""


def templates(store: Store) -> dict[str, Template]:
    """Every template as it holds: the company's own words where it has some."""
    rows = store.rows(
        """
        select template_id, subject, body from message_templates
        qualify row_number() over (partition by template_id order by changed_at desc) = 1 order by template_id
        """
    )
    own = {
        key: own_template(key, subject or "", body) for key, subject, body in rows if body and key in DEFAULTS
    }
    return {key: own.get(key, default) for key, default in DEFAULTS.items()}


def keep_template(
    store: Store,
    actor: Actor,
    template_id: str,
    subject: str,
    body: str | None,
    now: datetime,
    request_key: str,
) -> Template:
    """Keep the company's words for a message; without any the program's hold again. Refused where one is not defined."""
    made = own_template(template_id, subject, body) if body is not None else DEFAULTS[template_id]
    with store.write(
        actor, RIGHT_OF[made.matter], "change message template", now=now, subject=("message_templates", template_id),
        request_key=request_key,
    ) as write:  # fmt: skip
        if write.repeated is None:
            write.sql(
                """
                insert into message_templates (template_id, subject, body, changed_at, changed_by)
                values ($id, $subject, $body, $at, $by)
                """,
                {
                    "id": template_id,
                    "subject": made.subject if body is not None else None,
                    "body": made.body if body is not None else None,
                    "at": write.now,
                    "by": write.by,
                },
            )
    return made
