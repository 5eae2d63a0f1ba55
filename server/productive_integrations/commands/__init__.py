"""The use cases as commands, for people and scripts (design.md, "Command")."""

from . import (
    apply_plan,
    check_integrations,
    export_mapping,
    list_changes,
    list_integrations,
    plan_mapping,
    show_integration,
    undo_change,
)
from .base import PROGRAM, Command
from .screen import OutputLost, Screen
from .words import in_commands

COMMANDS: tuple[Command, ...] = (
    list_integrations.COMMAND,
    show_integration.COMMAND,
    check_integrations.COMMAND,
    export_mapping.COMMAND,
    plan_mapping.COMMAND,
    apply_plan.COMMAND,
    list_changes.COMMAND,
    undo_change.COMMAND,
)

__all__ = ["COMMANDS", "PROGRAM", "Command", "OutputLost", "Screen", "in_commands"]
