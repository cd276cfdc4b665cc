"""A widget that names some of many: people are picked from a list and stand below it, each with an amount if asked for.

Imported only where a front end is there.
"""

from collections.abc import Mapping
from typing import Any

import ipywidgets
import traitlets

NOBODY = ""


class Picks(ipywidgets.VBox):
    """`value`: what is picked, each option's key with its amount (None where no amounts are asked for)."""

    value = traitlets.Dict()

    def __init__(
        self, label: str, options: Mapping[Any, str], start: Mapping[Any, float] | None, value: Mapping[Any, Any],
        remove: str, style: Mapping[str, str], layout: Mapping[str, str],
    ):  # fmt: skip
        """`options` key → name; `start` key → the amount a picked one begins with, None: no amounts."""
        self.options, self.start, self.remove = dict(options), start, remove
        self.list = ipywidgets.Dropdown(description=label, style=dict(style), layout=dict(layout))
        self.list.observe(self._picked, "value")
        super().__init__(value=dict(value))
        self.observe(lambda _: self._shown(), "value")
        self._shown()

    def _picked(self, change: Mapping[str, Any]) -> None:
        if change["new"] != NOBODY:
            amount = self.start[change["new"]] if self.start is not None else None
            self.value = {**self.value, change["new"]: amount}

    def _shown(self) -> None:
        free = [(name, key) for key, name in self.options.items() if key not in self.value]
        self.list.options, self.list.value = [("…", NOBODY), *free], NOBODY
        self.children = [self.list, *(self._row(key, amount) for key, amount in self.value.items())]

    def _row(self, key: Any, amount: float | None) -> ipywidgets.HBox:
        name = ipywidgets.Label(self.options[key], layout={"width": "340px", "justify_content": "flex-end"})
        off = ipywidgets.Button(icon="times", tooltip=f"{self.remove} {self.options[key]}", layout={"width": "36px"})
        off.on_click(lambda _: self._set({k: v for k, v in self.value.items() if k != key}))
        if amount is None:
            return ipywidgets.HBox([name, off])
        field = ipywidgets.FloatText(amount, layout={"width": "150px"})
        field.observe(lambda change: self._set({**self.value, key: change["new"]}), "value")
        return ipywidgets.HBox([name, field, off])

    def _set(self, value: dict[Any, Any]) -> None:
        self.value = value
