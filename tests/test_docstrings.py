"""Docstrings keep up with the code: every public function says what its parameters are, and no others."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from parsed_sources import FILES, parse, source_of
from paths import PACKAGE

NOTHING = {"None", "NoReturn", "Never", "Self", "Iterator[None]", "Generator[None]"}
"""Result types that need no word."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def public_functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """Functions and methods that others may call, with their dotted names."""

    def inside(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, Function]]:
        for node in body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield from inside(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, Function) and not node.name.startswith("_"):
                yield f"{prefix}{node.name}", node

    yield from inside(tree.body, "")


def is_command(node: Function) -> bool:
    """Whether a function is a command, whose docstring is its help."""
    texts = [ast.unparse(decorator) for decorator in node.decorator_list]
    return any(text.startswith(("click.command", "click.group")) for text in texts)


def is_override(node: Function) -> bool:
    """Whether the docstring stands elsewhere: the method of a library's class, or a second face of a function."""
    texts = {ast.unparse(decorator).split(".")[-1] for decorator in node.decorator_list}
    return bool(texts & {"override", "overload"})


def section(docstring: str, title: str) -> str | None:
    """Text of a numpydoc section; None where there is none."""
    lines = docstring.split("\n")
    for place, line in enumerate(lines[:-1]):
        if line.strip() == title and re.fullmatch(r"\s*-{3,}", lines[place + 1]):
            body = []
            for number, text in enumerate(lines[place + 2 :], start=place + 2):
                if number + 1 < len(lines) and text.strip() and re.fullmatch(r"\s*-{3,}", lines[number + 1]):
                    break
                body.append(text)
            return "\n".join(body)
    return None


def documented(docstring: str) -> list[str]:
    """Names in the Parameters section, in order."""
    text = section(docstring, "Parameters") or ""
    names: list[str] = []
    for line in text.split("\n"):
        if line and not line.startswith(" "):
            names += [name.strip().lstrip("*") for name in line.split(" : ")[0].split(",")]
    return names


def parameters(node: Function) -> list[str]:
    """Names in the signature, in order, without self and cls."""
    arguments = node.args
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    if names[:1] in (["self"], ["cls"]):
        names = names[1:]
    names += [arguments.vararg.arg] if arguments.vararg else []
    names += [each.arg for each in arguments.kwonlyargs]
    names += [arguments.kwarg.arg] if arguments.kwarg else []
    return [name for name in names if not name.startswith("_")]


def complaints(source: str) -> list[str]:
    """What is wrong with the docstrings of a file."""
    tree = parse(source)
    found = []
    if not ast.get_docstring(tree):
        found.append("the file does not say what it is for")
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node):
            found.append(f"class {node.name} has no docstring")
    for name, function in public_functions(tree):
        text = ast.get_docstring(function) or ""
        if is_override(function):
            continue
        if not text:
            found.append(f"{name} has no docstring")
        elif is_command(function):
            if not re.search(r"^ *(Examples?:|Start with)$", text, re.MULTILINE):
                found.append(f"{name} is a command without an example")
        elif documented(text) != parameters(function):
            found.append(f"{name} documents {documented(text)} and takes {parameters(function)}")
        elif _gives_back(function) and not _tells_result(function, text):
            found.append(f"{name} does not say what it returns")
    return found


def _gives_back(function: Function) -> bool:
    return function.returns is not None and ast.unparse(function.returns) not in NOTHING


def _tells_result(function: Function, text: str) -> bool:
    # A function without parameters that fits in a sentence says it there ("CPUs that this process may use").
    decorators = {ast.unparse(decorator) for decorator in function.decorator_list}
    simple = not parameters(function) and len(text.split("\n")) == 1
    return (
        simple or "property" in decorators or any(section(text, title) is not None for title in ("Returns", "Yields"))
    )


def test_docstrings_fit_the_signatures() -> None:
    found = {path.relative_to(PACKAGE).as_posix(): complaints(source_of(path)) for path in FILES}
    assert {path: complaint for path, complaint in found.items() if complaint} == {}


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("def f(a):\n    pass", "no docstring"),
        ('def f(a):\n    """Do."""', "takes ['a']"),
        ('def f(a):\n    """Do.\n\n    Parameters\n    ----------\n    b : int\n    """', "documents ['b']"),
        ('def f(a) -> int:\n    """Do.\n\n    Parameters\n    ----------\n    a : int\n    """', "what it returns"),
        ("class C:\n    pass", "class C"),
        ('@click.command("c")\ndef f(a):\n    """Do."""', "without an example"),
    ],
)
def test_a_gap_is_seen(body: str, complaint: str) -> None:
    assert any(complaint in each for each in complaints(f'"""A file."""\n{body}'))


def test_a_full_docstring_is_no_gap() -> None:
    source = '''"""A file."""
def f(a, *, b=1, **rest) -> int:
    """Do.

    Parameters
    ----------
    a, b : int
        Two numbers.
    rest : dict

    Returns
    -------
    int
    """
'''
    assert complaints(source) == []
