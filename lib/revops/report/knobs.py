"""What an analyst would turn: a widget in JupyterLab, the chosen values in print everywhere else.

A widget's identity is random and shows nothing in static HTML, so a committed or scheduled notebook must not hold one.
A kernel that JupyterLab starts knows its session (JPY_SESSION_NAME); papermill, nbval and nbconvert have none.
REVOPS_STATIC=1 forces print, REVOPS_LIVE=1 forces widgets (for front ends that name no session).
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from revops.problems import InputError
from revops.report.display import Html, show, text
from revops.words import Words

STYLE = {"description_width": "340px"}
LAYOUT = {"width": "660px", "max_width": "100%"}


@dataclass(frozen=True)
class Knob:
    """One value to move: its present value, its range or its options, its name, how it is printed."""

    value: Any
    label: str
    low: float | None = None
    high: float | None = None
    step: float | None = None
    options: tuple[tuple[str, Any], ...] = ()
    is_percent: bool = False

    def widget(self) -> Any:
        """The ipywidgets control; imported only where a front end is there."""
        import ipywidgets

        if isinstance(self.value, bool):
            return ipywidgets.Checkbox(value=self.value, description=self.label, style=STYLE, layout=LAYOUT)
        if self.options:
            return ipywidgets.Dropdown(
                value=self.value, options=list(self.options), description=self.label, style=STYLE, layout=LAYOUT
            )
        make = ipywidgets.IntSlider if isinstance(self.value, int) else ipywidgets.FloatSlider
        value, low, high, step = (self._points(x) for x in (self.value, self.low, self.high, self.step))
        return make(
            value=value,
            min=low,
            max=high,
            step=step,
            description=f"{self.label}, %" if self.is_percent else self.label,
            style=STYLE,
            layout=LAYOUT,
            continuous_update=False,
            **({"readout_format": ".1f"} if self.is_percent else {}),
        )

    def turned(self, value: Any) -> Any:
        """The value that a widget's stands for: a percentage becomes its share."""
        return round(value / 100, 6) if self.is_percent else value

    def _points(self, share: float | None) -> float | None:
        """A share as the percentage that a person types: 0.17 is 17."""
        return share if share is None or not self.is_percent else round(share * 100, 4)

    def shown(self, words: Words | None) -> str:
        """The value in print."""
        if self.options:
            return next(label for label, value in self.options if value == self.value)
        if words is None:
            return str(self.value)
        if isinstance(self.value, bool):
            return words.t("common.on" if self.value else "common.off")
        if self.is_percent:
            return words.percent(self.value)
        return words.number(self.value, 0 if isinstance(self.value, int) else 2)


@dataclass(frozen=True)
class Picked(Knob):
    """Some of many, each with an amount where `start` gives them one to begin with: key → amount or None."""

    names: Mapping[Any, str] = field(default_factory=dict)
    start: Mapping[Any, float] | None = None
    remove: str = ""

    def widget(self) -> Any:
        """A list to pick from, the picked ones below it."""
        from revops.report.picker import Picks

        return Picks(self.label, self.names, self.start, self.value, self.remove, STYLE, LAYOUT)

    def shown(self, words: Words | None) -> str:
        """The picked ones with their amounts, or that there are none."""
        number = words.number if words else str
        told = [
            self.names[key] if amount is None else f"{self.names[key]} {number(amount)}"
            for key, amount in self.value.items()
        ]
        return ", ".join(told) or (words.t("common.nothing") if words else "–")


def slider(value: float, low: float, high: float, step: float, label: str = "", *, is_percent: bool = False) -> Knob:
    """A number between two bounds; `is_percent` turns and prints a share as a percentage, so that 17 typed is 17 %."""
    return Knob(value, label, low, high, step, is_percent=is_percent)


def choice(value: Any, options: Sequence[Any] | Mapping[Any, str], label: str = "") -> Knob:
    """One of several options; a mapping gives each value its name in words."""
    named = options.items() if isinstance(options, Mapping) else [(option, str(option)) for option in options]
    return Knob(value, label, options=tuple((name, option) for option, name in named))


def picks(
    value: Mapping[Any, Any], names: Mapping[Any, str], label: str = "", *, start: Mapping[Any, float] | None = None,
    remove: str = "",
) -> Knob:  # fmt: skip
    """Some of many by name; `start` gives each an amount to begin with, without it there are no amounts."""
    return Picked(dict(value), label, names=names, start=start, remove=remove)


def switch(value: bool, label: str = "") -> Knob:
    """On or off."""
    return Knob(value, label)


def is_live() -> bool:
    """Whether a person sits at a front end that can draw widgets."""
    if os.environ.get("REVOPS_STATIC") == "1":
        return False
    return os.environ.get("REVOPS_LIVE") == "1" or "JPY_SESSION_NAME" in os.environ


def interact(fn: Callable[..., Any], *, words: Words | None = None, **widgets: Knob) -> None:
    """Show what `fn` returns for the knobs' values: movable where a person is there, else the values and the result.

    `fn` takes the knobs by name and returns something that a cell can show, or a tuple of such things. What it refuses
    is shown as the message, in place of a result.
    """
    knobs = {name: knob if knob.label else _labelled(knob, name) for name, knob in widgets.items()}

    def result(**values: Any) -> None:
        try:
            made = fn(**values)
        except InputError as error:
            told = (words.t("common.knobs.refused", problem=p) if words else str(p) for p in error.problems)
            made = tuple(text(line) for line in told)
        show(*made) if isinstance(made, tuple) else show(made)

    if is_live():
        import ipywidgets

        def turned(**moved: Any) -> None:
            result(**{name: knobs[name].turned(value) for name, value in moved.items()})

        controls = {name: knob.widget() for name, knob in knobs.items()}
        show(ipywidgets.VBox([*controls.values(), ipywidgets.interactive_output(turned, controls)]))
    else:
        if knobs:
            show(_chosen(list(knobs.values()), words))
        result(**{name: knob.value for name, knob in knobs.items()})


def _chosen(knobs: list[Knob], words: Words | None) -> Html:
    pairs = [(knob.label, knob.shown(words)) for knob in knobs]
    head = words.t("common.knobs.chosen") if words else "Chosen"
    html = " · ".join(f"{escape(label)} <b>{escape(value)}</b>" for label, value in pairs)
    plain = " · ".join(f"{label} {value}" for label, value in pairs)
    return Html(f"<p class='knobs'>{escape(head)}: {html}</p>", f"{head}: {plain}")


def _labelled(knob: Knob, name: str) -> Knob:
    from dataclasses import replace

    return replace(knob, label=name.replace("_", " "))
