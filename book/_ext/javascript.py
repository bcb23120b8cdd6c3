"""The JavaScript engine in which MathJax and the parser of Vega run while the book is built."""

from __future__ import annotations

import quickjs

__all__ = ["new_context"]

_STACK = 4 * 2**20  # bytes; half of what a process has on common systems


def new_context() -> quickjs.Context:
    """Return an empty engine, with room for programs that call deeply."""
    context = quickjs.Context()
    context.set_max_stack_size(_STACK)
    return context
