"""`dataclass`, whose methods are written when they are first used.

The standard decorator compiles six methods of each class while its module is imported. A command imports some eighty
records, makes half of them and compares or prints hardly one: that was a fifth of what `similar` took. Here a class is
left as it stands, with something in each method's place that writes it at its first use: ``__init__`` by itself, all
others at once, as the standard decorator writes them. To `dataclasses.fields`, `replace`, `asdict`, `pickle` and type
checkers it is a dataclass like any other.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls: type | None = None, *, frozen: bool = False) -> Any:
        """Make a class a dataclass whose methods are written at their first use.

        Parameters
        ----------
        cls : type
            The class.
        frozen : bool
            Whether its fields cannot be assigned to.

        Returns
        -------
        type
            The same class.
        """
        return _late(cls, frozen) if cls is not None else lambda decorated: _late(decorated, frozen)


_PLAIN = "__dataclass_as_written__"
"""Where a class keeps what it was before it was decorated: its body, and whether it is frozen."""


def _late(cls: type, frozen: bool) -> type:
    body = dict(vars(cls))
    setattr(cls, _PLAIN, (body, frozen))
    for name, method in _LATE.items():
        # A class that compares in its own way is given "no hash" by Python, which is not the class's own wish.
        if name not in body or (name == "__hash__" and body[name] is None and "__eq__" in body):
            setattr(cls, name, method if frozen or name != "__hash__" else None)
    if frozen:
        for name, refusal in (("__setattr__", _refuse_to_set), ("__delattr__", _refuse_to_delete)):
            if name in body:
                raise TypeError(f"{cls.__name__} has {name} of its own and cannot be frozen")
            setattr(cls, name, refusal)
    for name in body.get("__annotations__", ()):
        default = body.get(name)
        if isinstance(default, dataclasses.Field):  # seen from the class, it is the default, or nothing
            if default.default is dataclasses.MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, default.default)
    return cls


class _Late:
    """Stands for a method, or another attribute of dataclasses, until it is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> Any:
        home = next(cls for cls in owner.__mro__ if vars(cls).get(self._name) is self)
        body, frozen = vars(home)[_PLAIN]
        if self._name != "__init__" or not _is_simple(home, body):
            _write_all(home, body, frozen)
        else:
            # Whoever comes meanwhile, in another thread, writes the same once more.
            home.__init__ = _write_init(home, body, frozen)  # type: ignore[misc]
        found = vars(home)[self._name]
        return found.__get__(instance, owner) if hasattr(found, "__get__") else found


_LATE = {
    name: _Late(name)
    for name in (
        "__init__", "__repr__", "__eq__", "__hash__", "__match_args__", "__dataclass_fields__", "__dataclass_params__",
    )
}  # fmt: skip


def _write_all(cls: type, body: dict[str, Any], frozen: bool) -> None:
    # The standard decorator works on a class of the same body, since it leaves no method where one is.
    slots = ("__dict__", "__weakref__")
    own = {name: value for name, value in body.items() if name not in slots} | {"__qualname__": cls.__qualname__}
    twin = type(cls)(cls.__name__, cls.__bases__, own)
    written = vars(dataclasses.dataclass(frozen=frozen)(twin))
    for name, method in _LATE.items():
        if vars(cls).get(name) is method:
            setattr(cls, name, written[name])


def _is_simple(cls: type, body: dict[str, Any]) -> bool:
    # All that concerns other classes, or is no field, is left to the standard decorator.
    special = ("ClassVar", "InitVar", "KW_ONLY")
    return cls.__bases__ == (object,) and not any(
        not isinstance(kind, str) or any(word in kind for word in special)
        for kind in body.get("__annotations__", {}).values()
    )


class _Factory:
    """Default of an argument that is made anew for each record."""

    def __repr__(self) -> str:
        return "<factory>"


def _write_init(cls: type, body: dict[str, Any], frozen: bool) -> Any:
    names: dict[str, Any] = {"_set": object.__setattr__, "_missing": _Factory()}
    arguments: list[str] = []
    keywords: list[str] = []
    lines: list[str] = []
    for name in body.get("__annotations__", ()):
        default = body.get(name, dataclasses.MISSING)
        field = default if isinstance(default, dataclasses.Field) else dataclasses.field(default=default)
        argument, value = name, name
        if field.default_factory is not dataclasses.MISSING:
            names[f"_made_{name}"] = field.default_factory
            argument, value = f"{name}=_missing", f"_made_{name}() if {name} is _missing else {name}"
        elif field.default is not dataclasses.MISSING:
            names[f"_default_{name}"] = field.default
            argument = f"{name}=_default_{name}"
        if field.init:
            (keywords if field.kw_only is True else arguments).append(argument)
        elif field.default_factory is not dataclasses.MISSING:
            value = f"_made_{name}()"
        elif field.default is not dataclasses.MISSING:
            value = f"_default_{name}"
        else:
            continue
        lines.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    head = ", ".join(["self", *arguments, *(["*", *keywords] if keywords else [])])
    exec(f"def __init__({head}):\n " + "\n ".join(lines or ["pass"]), names)
    init = names["__init__"]
    init.__qualname__, init.__module__ = f"{cls.__qualname__}.__init__", cls.__module__
    # Only of what may be asked for: `inspect.signature` shows them.
    init.__annotations__ = {**body.get("__annotations__", {}), "return": None}
    return init


def _refuse_to_set(self: object, name: str, value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
