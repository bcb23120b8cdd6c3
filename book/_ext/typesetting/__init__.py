"""Formulas set in type when the book is built: MathJax without a browser, and its fonts."""
