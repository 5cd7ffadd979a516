"""The tree of errors, one class per exit that a caller may choose.

DealhouseError
├── ConfigError         wrong use or wrong configuration; the CLI exits with 2
├── ContractError       a contract or mapping file is wrong; names file and key; the CLI exits with 2
├── DeliveryError       one delivered file cannot be read; the others still load; the CLI exits with 3
├── CheckBroken         a check could not be carried out; says nothing about the data
└── ModelError          a model file is not the one that was registered

An error about our own SQL, the disk or memory is none of these: it fails the run.
"""

from __future__ import annotations


class DealhouseError(Exception):
    """Base class: the message is one sentence for a person: what, where, what to do next."""

    exit_code = 1


class ConfigError(DealhouseError):
    """The command or a settings file asks for something that cannot be."""

    exit_code = 2


class ContractError(ConfigError):
    """A contract, mapping, extract set or standard breaks its own schema."""


class DeliveryError(DealhouseError):
    """A delivered file is refused as a whole.

    ``reason`` is the stable code that reports and tests use; the message is for people.
    """

    exit_code = 3

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class CheckBroken(DealhouseError):
    """A check raised instead of judging. Never to be read as bad data."""


class ModelError(DealhouseError):
    """A stored model cannot be trusted or cannot be used."""
