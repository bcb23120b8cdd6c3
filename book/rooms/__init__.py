"""The rooms of the book: what is done to its pages beyond what Sphinx and the theme do.

A room is a folder that is one Sphinx extension. ``_config.yml`` names the rooms; one that is
taken out of it leaves a working book. Rooms import ``common`` and never each other.

formulas/   formulas set in type while the book is built, minus signs, no line broken at a formula
charts/     charts that answer to the reader's hand without a kernel
notebooks/  a clean notebook of each chapter, and the menus that lead to it
reference/  pages made from docstrings, and links to them from the code of chapters
around/     what is around a page: description, card, icons, addresses, licence, build record
finish/     what is changed once pages are written, so that they load quickly and lock nobody out

``order.py`` holds every step of every room in the order in which the steps run, and ``written.py``
takes the written pages through those that come last.
"""
