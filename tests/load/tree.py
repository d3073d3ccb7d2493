"""The tree of blocks and elements that a browser keeps, with the rules of Streamlit's front end.

A run sends deltas, each with a path of indices. An element replaces what is at its path; a block
keeps the children of a block of the same kind. At the end of a run what it did not send is removed:
for a fragment's run, only below the fragment's own blocks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

ROOT_BLOCKS = 4  # main, sidebar, event, bottom: the first index of a path


@dataclass(eq=False)
class Node:
    """A block with its children, or an element without.

    run : the run that sent it. page : the script that sent it. fragment : the fragment that did.
    """

    proto: Any
    run: str
    page: str
    fragment: str
    is_block: bool
    children: list[Node] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return (self.proto.WhichOneof("type") if self.proto is not None else None) or ""


class Tree:
    """The page as the browser holds it."""

    def __init__(self) -> None:
        self.roots = [_empty() for _ in range(ROOT_BLOCKS)]

    def apply(self, message: Any, run: str) -> Node | None:
        """Apply a delta; the new element, or None for a block or a passing element (a spinner)."""
        delta, path = message.delta, list(message.metadata.delta_path)
        parent = self._parent(path, run)
        here = path[-1]
        old = parent.children[here] if here < len(parent.children) else None
        origin = (message.metadata.active_script_hash, delta.fragment_id)
        kind = delta.WhichOneof("type")
        if kind == "new_transient":
            # it is drawn beside what is there; where nothing is, it takes an empty place
            if old is None:
                parent.children.append(Node(None, run, *origin, is_block=False))
            return None
        if kind == "add_block":
            block = Node(delta.add_block, run, *origin, is_block=True)
            if old is not None and old.is_block and old.kind == block.kind:
                block.children = old.children
            new = block
        else:
            new = Node(delta.new_element, run, *origin, is_block=False)
        if here == len(parent.children):
            parent.children.append(new)
        else:
            parent.children[here] = new
        return None if new.is_block else new

    def _parent(self, path: list[int], run: str) -> Node:
        node = self.roots[path[0]]
        for step in path[1:-1]:
            node = node.children[step]
            node.run = run
            if not node.is_block:
                raise IndexError(f"path {path} leads through an element")
        if path[-1] > len(node.children):
            raise IndexError(f"path {path} leaves a gap after {len(node.children)} children")
        return node

    def remove_stale(self, run: str, fragments: Collection[str]) -> None:
        """The end of a run: remove what it did not send again."""
        for root in self.roots:
            root.run = run
            root.children = _kept(root, run, fragments, inside=False)

    def leave_page(self, router: str) -> None:
        """Another page: only what the router drew stays."""
        for root in self.roots:
            root.children = _of_router(root, router)

    def nodes(self) -> Iterator[Node]:
        """All blocks and elements in reading order, main before sidebar."""
        for root in self.roots:
            yield from _walk(root)


def _empty() -> Node:
    return Node(None, "", "", "", is_block=True)


def _kept(parent: Node, run: str, fragments: Collection[str], inside: bool) -> list[Node]:
    kept = []
    for node in parent.children:
        current = node.run == run
        if not node.is_block:
            if current or (fragments and not (inside and node.fragment)):
                kept.append(node)
            continue
        if not current and (inside or not fragments):
            continue
        below = inside or (current and node.fragment in fragments)
        node.children = _kept(node, run, fragments, below)
        kept.append(node)
    return kept


def _of_router(parent: Node, router: str) -> list[Node]:
    kept = [node for node in parent.children if node.page == router]
    for node in kept:
        node.children = _of_router(node, router)
    return kept


def _walk(node: Node) -> Iterator[Node]:
    for child in node.children:
        yield child
        if child.is_block:
            yield from _walk(child)
