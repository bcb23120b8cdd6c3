"""One style sheet for the whole site, without the rules that can match nothing in it.

A browser shows nothing before it has every style sheet, and the theme's are for every site that
can be. Here those that pages link to are joined in their order, and a rule goes if a class, id,
attribute or element that its selector names occurs nowhere: in no tag of any page, and as no
word of any script that a page loads. Scripts count as a whole, since open menus, tooltips and
search results are made of words in them; so does what is not looked at, such as ``:not()`` and
the values of attributes. What goes could therefore never have matched. That needs no browser
and no matching of selectors, and adding a page can only add rules. Custom properties that nothing
reads go as well, which about half of the theme's are.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import tinycss2

from ..written import Facts, Site, attributes, kept, local_file

JOINED = Path("_static", "styles", "site.css")
LINK = re.compile(r'[ \t]*<link\b[^>]*\brel="stylesheet"[^>]*>\n?')
WORD = re.compile(r"[\w-]+")
ADDRESS = re.compile(r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^)"'\s]*))\s*\)""")
IMPORT = re.compile(r"""@import\s+(?:url\()?["']?([^"')]+)["']?\)?\s*;""")
GROUPS = {"media", "supports", "layer", "container"}  # at-rules that hold rules


class Words:
    """What occurs in a site: every word of its tags and of the scripts that it loads."""

    def __init__(self, in_tags: Iterable[str], in_scripts: Iterable[str]) -> None:
        self._in_scripts = set(in_scripts)
        self._words = set(in_tags) | self._in_scripts
        # A script may put names together, as in "tooltip-" + place.
        self._beginnings = tuple(word for word in self._in_scripts if re.search(r"\w\w-$", word))

    def __contains__(self, name: str) -> bool:
        return (
            name in self._words
            or name.lower() in self._words
            or name.startswith(self._beginnings)
            or (name.startswith("data-") and _camel_case(name[5:]) in self._in_scripts)
        )


def _camel_case(name: str) -> str:
    """The name by which a script knows an attribute: ``bs-theme`` is ``dataset.bsTheme``."""
    first, *others = name.split("-")
    return first + "".join(other.capitalize() for other in others)


def words_of(site: Site) -> Words:
    """The words of all pages of a site."""
    in_tags, in_scripts, files = set(), set(), set()
    for facts in site.facts.values():
        in_tags.update(facts.words)
        in_scripts.update(facts.script_words)
        files.update(facts.scripts)
    for file in files:
        in_scripts.update(WORD.findall((site.folder / file).read_text(encoding="utf-8")))
    return Words(in_tags, in_scripts)


def reduced(css: str, words: Words) -> str:
    """Return a style sheet without what can have no effect in a site of these words."""
    return without_unread(without_unused(css, words), words)


def without_unused(css: str, words: Words) -> str:
    """Return a style sheet without the rules that can match nothing."""

    def used(rule: Any) -> str:
        found = [part for part in _parts(rule.prelude) if _can_match(part, words)]
        block = tinycss2.serialize(rule.content).strip()
        selectors = ",".join(tinycss2.serialize(part).strip() for part in found)
        return f"{selectors}{{{block}}}" if found and block else ""

    return "".join(f"{rule}\n" for rule in _written(_rules(css), used))


def without_unread(css: str, words: Words) -> str:
    """Return a style sheet without the custom properties that nothing reads.

    Nothing reads what is a word of no page and no script, and stands in no ``var()`` but those of
    other such properties.
    """
    rules = _rules(css)
    readers = _readers(rules)
    read: set[str] = set()
    waiting = ["", *(name for name in readers if name in words)]
    while waiting:
        if (name := waiting.pop()) not in read:
            read.add(name)
            waiting += readers[name]

    def of_read(rule: Any) -> str:
        block = ";".join(
            part.serialize()
            for part in _declarations(rule)
            if not _is_custom(part) or part.name in read
        )
        return f"{tinycss2.serialize(rule.prelude).strip()}{{{block}}}" if block else ""

    return "".join(f"{rule}\n" for rule in _written(rules, of_read))


def _rules(css: Any) -> list[Any]:
    return tinycss2.parse_rule_list(css, skip_comments=True, skip_whitespace=True)


def _written(rules: Iterable[Any], of_rule: Callable[[Any], str]) -> Iterator[str]:
    """The text of rules: what is said of each with a selector, and all others as they are."""
    for rule in rules:
        if rule.type == "qualified-rule":
            if text := of_rule(rule):
                yield text
        elif rule.type == "at-rule" and rule.content and rule.lower_at_keyword in GROUPS:
            if block := "".join(_written(_rules(rule.content), of_rule)):
                yield f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{block}}}"
        elif rule.type != "error":
            yield rule.serialize()


def _readers(rules: Iterable[Any]) -> dict[str, set[str]]:
    """The custom properties that each of them reads, and those that all else reads, as ""."""
    found: dict[str, set[str]] = defaultdict(set)
    for rule in rules:
        if rule.type == "at-rule" and rule.content and rule.lower_at_keyword in GROUPS:
            for name, names in _readers(_rules(rule.content)).items():
                found[name] |= names
        elif rule.type == "qualified-rule":
            for part in _declarations(rule):
                found[part.name if _is_custom(part) else ""].update(_variables([part]))
        else:
            found[""].update(_variables([rule]))
    return found


def _declarations(rule: Any) -> list[Any]:
    """The declarations of a rule and the rules within it."""
    parts = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
    return [part for part in parts if part.type != "error"]  # a browser drops it as well


def _is_custom(part: Any) -> bool:
    return part.type == "declaration" and part.name.startswith("--")


def _variables(nodes: Iterable[Any]) -> Iterator[str]:
    """The names of all custom properties in ``var()``, however deep."""
    for node in nodes:
        for within in ("value", "content", "arguments"):
            if isinstance(inner := getattr(node, within, None), list):
                yield from _variables(inner)
        if node.type == "function" and node.lower_name == "var":
            yield next(part.value for part in node.arguments if part.type == "ident")


def _parts(prelude: list[Any]) -> Iterator[list[Any]]:
    """The selectors of a list of selectors."""
    part: list[Any] = []
    for token in prelude:
        if token == ",":
            yield part
            part = []
        else:
            part.append(token)
    yield part


def _can_match(selector: list[Any], words: Words) -> bool:
    """Whether everything that a selector asks for occurs."""
    before = None
    for token in selector:
        asked = ""
        if token.type == "hash" or (token.type == "ident" and before != ":"):
            asked = token.value
        elif token.type == "[] block":
            asked = next(part.value for part in token.content if part.type == "ident")
        if asked and asked not in words:
            return False
        before = token
    return True


def read(file: Path, home: Path) -> str:
    """A style sheet with all that it imports, and with addresses as seen from ``home``."""

    def address(found: re.Match[str]) -> str:
        given = next(filter(None, found.groups()), "")
        if re.match(r"[a-z]+:|/|#|$", given):
            return found.group()
        path = os.path.normpath(file.parent / given)
        return f'url("{Path(os.path.relpath(path, home)).as_posix()}")'

    css = file.read_text(encoding="utf-8").removeprefix('@charset "UTF-8";')
    own, *rest = IMPORT.split(css)
    joined = ADDRESS.sub(address, own)
    for imported, own in zip(rest[::2], rest[1::2], strict=True):
        joined += f"{read((file.parent / imported).resolve(), home)}\n{ADDRESS.sub(address, own)}"
    return joined


def in_order(lists: Iterable[Iterable[Any]]) -> list[Any]:
    """One list that keeps the order of each: what is new comes after what it followed."""
    joined: list[Any] = []
    for items in lists:
        place = 0
        for item in items:
            if item not in joined:
                joined.insert(place, item)
            place = joined.index(item) + 1
    return joined


def sheet_of(site: Site) -> str:
    """The style sheets of a site as one, without what can have no effect in it."""
    home = site.folder / JOINED.parent
    css = "\n".join(
        read(site.folder / file, home)
        if medium == "all"
        else f"@media {medium} {{\n{read(site.folder / file, home)}\n}}"
        for file, medium in in_order(map(_sheets, site.facts.values()))
    )
    words = words_of(site)
    # Words that no style sheet has in it change nothing, so a new sentence needs no new sheet.
    asked = sorted(word for word in set(WORD.findall(css)) if word in words)
    return kept(site.app, "site.css", (css, asked), lambda: reduced(css, words).encode()).decode()


def _sheets(facts: Facts) -> list[tuple[str, str]]:
    return [(file, medium) for file, medium in facts.sheets]  # JSON knows no tuples


def join(site: Site) -> None:
    """Write the one style sheet of a site and lead every page to it."""
    css = sheet_of(site)
    if not css:
        return
    file = site.folder / JOINED
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(css, encoding="utf-8")
    version = hashlib.sha256(css.encode()).hexdigest()[:8]
    for name, facts in site.facts.items():
        address = f"{os.path.relpath(file, (site.folder / name).parent)}?v={version}"
        if facts.sheets and address not in facts.assets:
            link_to(address, name, site)


def link_to(address: str, name: str, site: Site) -> None:
    """Put one link to a style sheet in the place of all that lead to sheets of the site."""
    facts, place = site.facts[name], site.folder / name
    home = site.folder.resolve()
    joined = {file for file, _ in facts.sheets} | {JOINED.as_posix()}
    new = iter([f'    <link rel="stylesheet" type="text/css" href="{address}" />\n'])
    gone = set()

    def change(link: re.Match[str]) -> str:
        href = attributes(link[0]).get("href", "")
        file = local_file(place, href)
        if file is None or file.relative_to(home).as_posix() not in joined:
            return link[0]
        gone.add(href)
        return next(new, "")

    site.texts[name] = LINK.sub(change, site.text(name))
    facts.assets = [asset for asset in facts.assets if asset not in gone] + [address]
