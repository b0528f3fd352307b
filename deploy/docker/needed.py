"""Prints the wheels that some wheels need, one a line: `needed.py DIRECTORY WHEEL …`.

The lock decides, not pip's resolver: a requirement that isn't in the directory is one that the lock leaves
out on purpose (tools/lock says which), and is passed over.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name


def metadata(wheel: Path) -> Message:
    with ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def requirements(described: Message, extras: Iterable[str]) -> Iterator[Requirement]:
    """What a wheel needs here, with these of its extras."""
    for line in described.get_all("Requires-Dist", ()):
        one = Requirement(line)
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield one


def needed(roots: Iterable[Path], directory: Path) -> list[Path]:
    """Every wheel of `directory` that the roots need, directly or not; none of the roots."""
    wheels = {canonicalize_name(metadata(path)["Name"]): path for path in (*directory.glob("*.whl"), *roots)}
    seen: set[tuple[NormalizedName, frozenset[str]]] = set()
    waiting = [(canonicalize_name(metadata(root)["Name"]), frozenset[str]()) for root in roots]
    while waiting:
        name, extras = one = waiting.pop()
        if one not in seen and name in wheels:
            seen.add(one)
            found = requirements(metadata(wheels[name]), extras)
            waiting += [(canonicalize_name(each.name), frozenset(each.extras)) for each in found]
    return sorted({wheels[name] for name, _ in seen} - set(roots))


if __name__ == "__main__":
    paths = [Path(argument) for argument in sys.argv[1:]]
    for path in needed(paths[1:], paths[0]):
        print(path)  # noqa: T201
