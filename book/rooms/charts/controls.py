"""A chart's controls as plain HTML: there before any script, for keys, fingers and readers."""

from __future__ import annotations

from html import escape
from typing import Any

__all__ = ["controls", "without_bindings"]


def controls(spec: dict[str, Any], name: str) -> str:
    """Return a form with one control for each bound parameter of a Vega-Lite chart.

    Args:
        spec: the chart. Its ``usermeta`` may say of sliders that they are a time: ``plays`` has
            their names, and how many steps a second they take when they are played.
        name: of the chart, unique on its page.
    """
    plays = spec.get("usermeta", {}).get("plays", {})
    parts = (
        _control(given, name) + _buttons(given, plays)
        for given in spec.get("params", [])
        if "bind" in given
    )
    return f'<form class="chart-controls" autocomplete="off">{"".join(parts)}</form>'


def without_bindings(spec: dict[str, Any]) -> dict[str, Any]:
    """Return the chart without controls of its own."""
    params = [{k: v for k, v in given.items() if k != "bind"} for given in spec.get("params", [])]
    return {**spec, "params": params}


def _buttons(given: dict[str, Any], plays: dict[str, float]) -> str:
    """The buttons that play a slider and step it, if it is a time."""
    if given["name"] not in plays:
        return ""
    label = escape(given["bind"]["name"].strip())
    return (
        f'<div class="chart-time" role="group" aria-label="{label}"><button type="button" '
        f'class="chart-play" data-rate="{plays[given["name"]]:g}">Play</button>'
        '<button type="button">Step</button></div>'
    )


def _control(given: dict[str, Any], chart: str) -> str:
    bind, name, value = given["bind"], given["name"], given["value"]
    label = escape(bind.get("name", name).strip())
    if bind["input"] == "range":
        limits = " ".join(f'{key}="{bind[key]:g}"' for key in ("min", "max", "step"))
        return (
            f'<label><span>{label}</span><span><input type="range" name="{name}" {limits} '
            f'value="{value:g}"></span><span aria-hidden="true"><span class="chart-value">{value:g}'
            "</span></span></label>"
        )
    if bind["input"] == "checkbox":
        checked = " checked" if value else ""
        return (
            f'<label class="chart-switch"><input type="checkbox" name="{name}"{checked}>'
            f"<span>{label}</span></label>"
        )
    if bind["input"] == "radio":
        choices = "".join(
            f'<label class="chart-switch"><input type="radio" name="{chart}-{name}" '
            f'data-name="{name}" value="{option:g}"{" checked" if option == value else ""}>'
            f"<span>{escape(text)}</span></label>"
            for option, text in zip(bind["options"], bind["labels"], strict=True)
        )
        return f"<fieldset><legend>{label}</legend>{choices}</fieldset>"
    raise ValueError(
        f"a chart has a control of the kind {bind['input']!r}, which pages do not know"
    )
