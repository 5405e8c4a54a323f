"""Triggers by which the database itself refuses a write, as it would one that breaks a constraint.

They are declared in the ``Meta`` of the model they guard, and ``makemigrations`` writes them into
its migration.
"""

import pgtrigger

TAKING_DOWN = "coalesce(current_setting('accordingto.taking_down', true), '')"
"""SQL: the id of the article that this transaction takes down, as text; empty otherwise.

Set by ``annotations.actions.take_down`` alone. The triggers that let nothing be changed let it
strike words out, and check that it does no more.
"""


def _refuse(message: str) -> str:
    """SQL that ends the statement with an IntegrityError."""
    quoted = message.replace("'", "''")
    return f"RAISE EXCEPTION '{quoted}' USING ERRCODE = 'integrity_constraint_violation';"


def never(
    name: str,
    operation: pgtrigger.Operation,
    message: str,
    *,
    condition: pgtrigger.Condition | None = None,
) -> pgtrigger.Trigger:
    """Refuse every such write, or every one that the condition on the old and new row holds for."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=operation,
        condition=condition,
        func=_refuse(message),
    )


def unless(
    name: str,
    operation: pgtrigger.Operation,
    fine: str,
    message: str,
    *,
    condition: pgtrigger.Condition | None = None,
) -> pgtrigger.Trigger:
    """Refuse a row for which the SQL expression ``fine`` is false; where it is null, it is fine."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=operation,
        condition=condition,
        func=f"IF NOT ({fine}) THEN {_refuse(message)} END IF; RETURN NEW;",
    )


def update_of(*columns: str) -> pgtrigger.Operation:
    """An update that names one of these columns, whether or not it changes it."""
    return pgtrigger.UpdateOf(*columns)  # type: ignore[no-untyped-call]


def unless_among(name: str, bad: str, message: str) -> pgtrigger.Trigger:
    """Refuse inserted rows among which the SQL query ``bad``, of the table ``added``, finds any.

    Once for all rows of a statement: for each by itself, a file of articles would take far longer.
    """
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        level=pgtrigger.Statement,
        referencing=pgtrigger.Referencing(new="added"),  # type: ignore[no-untyped-call]
        func=f"IF EXISTS ({bad}) THEN {_refuse(message)} END IF; RETURN NULL;",
    )
