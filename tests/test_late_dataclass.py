"""A dataclass whose methods are written late is the same as one of the standard library, to all who look."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable, Hashable
from typing import Any, ClassVar

import pytest

from musicemb.late_dataclass import dataclass as late


def _plain(dataclass: Callable[..., Any], frozen: bool) -> type:
    @dataclass(frozen=frozen)
    class Tags:
        """Text of its own."""

        artist: str
        title: str = "untitled"
        genres: tuple[str, ...] = ()
        mbid: str = dataclasses.field(default="", compare=False)
        secret: str = dataclasses.field(default="", repr=False)
        found: dict[str, int] = dataclasses.field(default_factory=dict, hash=False)

        @property
        def name(self) -> str:
            return f"{self.artist} - {self.title}"

    return Tags


def _checked(dataclass: Callable[..., Any], frozen: bool) -> type:
    @dataclass(frozen=frozen)
    class Checked:
        words: tuple[str, ...]
        kept: list[str] = dataclasses.field(default_factory=list, init=False, hash=False)
        state: str = dataclasses.field(default="new", init=False)
        limit: int = dataclasses.field(default=3, kw_only=True)
        kind: ClassVar[str] = "all alike"

        def __post_init__(self) -> None:
            object.__setattr__(self, "words", tuple(word.lower() for word in self.words))

    return Checked


def _inherited(dataclass: Callable[..., Any], frozen: bool) -> type:
    @dataclass(frozen=frozen)
    class Base:
        artist: str
        title: str = ""

    @dataclass(frozen=frozen)
    class Child(Base):
        title: str = "of the child"
        found: tuple[str, ...] = ()

        def __repr__(self) -> str:
            return "as the child likes it"

    return Child


def _own_equality(dataclass: Callable[..., Any], frozen: bool) -> type:
    @dataclass(frozen=frozen)
    class Own:
        artist: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, type(self)) and self.artist[:1] == other.artist[:1]

    return Own


def _empty(dataclass: Callable[..., Any], frozen: bool) -> type:
    @dataclass(frozen=frozen)
    class Empty:
        pass

    return Empty


SHAPES: dict[str, tuple[Callable[..., type], list[tuple[tuple[Any, ...], dict[str, Any]]]]] = {
    "plain": (
        _plain,
        [
            (("Abba",), {}),
            (("Abba", "Waterloo"), {"mbid": "1", "secret": "s"}),
            (("Abba",), {"found": {"a": 1}, "genres": ("pop",)}),
            (("Abba",), {"mbid": "another"}),
            ((), {}),
            ((), {"nobody": 1}),
            (("Abba", "b", (), "", "", {}, "too many"), {}),
        ],
    ),
    "checked": (
        _checked,
        [((("A", "B"),), {}), ((("a", "b"),), {"limit": 4}), ((("a",), 4), {}), ((("a",),), {"kept": []})],
    ),
    "inherited": (_inherited, [(("a",), {}), (("a", "b", ("c",)), {}), (("a",), {"title": "b"}), ((), {})]),
    "of its own equality": (_own_equality, [(("abba",), {}), (("accept",), {}), (("blur",), {})]),
    "empty": (_empty, [((), {}), (("one",), {})]),
}  # fmt: skip


def _outcome(action: Callable[[], Any]) -> Any:
    try:
        return action()
    except (TypeError, AttributeError, dataclasses.FrozenInstanceError) as error:
        return type(error), str(error).replace(".<locals>", "")


def _told(make: type, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> dict[str, Any]:
    """What a class and a record of it answer to all that can be asked."""
    told: dict[str, Any] = {"init": _outcome(lambda: vars(make(*arguments, **keywords)))}
    if isinstance(told["init"], tuple):
        return told
    record, again = make(*arguments, **keywords), make(*arguments, **keywords)
    told["equal"] = (record == again, record != again, record == 1)
    told["hash"] = _outcome(lambda: hash(record) == hash(again))
    told["hashable"] = isinstance(record, Hashable)
    told["repr"] = repr(record)
    told["fields"] = [(item.name, item.type, item.init, item.compare) for item in dataclasses.fields(record)]
    told["dict"] = dataclasses.asdict(record)
    told["copied"] = (copy.copy(record) == record, vars(copy.deepcopy(record)))
    told["replaced"] = _outcome(lambda: vars(dataclasses.replace(record, artist="new")))
    told["set"] = _outcome(lambda: setattr(record, "artist", "x"))
    told["deleted"] = _outcome(lambda: delattr(record, "artist"))
    told["match"] = make.__match_args__  # type: ignore[attr-defined]
    told["frozen"] = make.__dataclass_params__.frozen  # type: ignore[attr-defined]
    signature = inspect.signature(make)
    told["signature"] = [
        (parameter.name, parameter.kind, parameter.annotation) for parameter in signature.parameters.values()
    ]
    told["document"] = make.__doc__ if make.__name__ == "Tags" else None
    told["attributes"] = {item.name: getattr(make, item.name, "none") for item in dataclasses.fields(record)}
    return told


@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_answers_as_the_standard_decorator_does(shape: str, frozen: bool) -> None:
    build, calls = SHAPES[shape]
    for arguments, keywords in calls:
        expected = _told(build(dataclasses.dataclass, frozen), arguments, keywords)
        assert _told(build(late, frozen), arguments, keywords) == expected


@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_whatever_is_asked_first(shape: str, frozen: bool) -> None:
    build, calls = SHAPES[shape]
    asked: list[Callable[[type, Any], Any]] = [
        lambda cls, _: dataclasses.is_dataclass(cls) and [item.name for item in dataclasses.fields(cls)],
        lambda cls, record: repr(record),
        lambda cls, record: _outcome(lambda: hash(record) == hash(copy.copy(record))),
        lambda cls, record: record == copy.copy(record),
        lambda cls, record: str(inspect.signature(cls)),
        lambda cls, record: getattr(cls, "__match_args__", None),
    ]
    for ask in asked:
        one, other = build(dataclasses.dataclass, frozen), build(late, frozen)
        made = [object.__new__(cls) for cls in (one, other)]
        for record, cls in zip(made, (one, other), strict=True):
            vars(record).update(vars(build(dataclasses.dataclass, frozen)(*calls[0][0])))
            assert type(record) is cls
        assert ask(other, made[1]) == ask(one, made[0])


def test_a_subclass_that_is_no_dataclass_uses_its_parents_methods() -> None:
    class Named(_plain(late, frozen=True)):  # type: ignore[misc]
        pass

    assert repr(Named("Abba")).endswith("Named(artist='Abba', title='untitled', genres=(), mbid='', found={})")
    assert Named("Abba") == Named("Abba")


def test_nothing_is_written_before_it_is_used() -> None:
    cls = _plain(late, frozen=True)
    assert not any(inspect.isfunction(vars(cls)[name]) for name in ("__init__", "__repr__", "__eq__", "__hash__"))
    record = cls("Abba")
    assert inspect.isfunction(vars(cls)["__init__"])
    assert not any(inspect.isfunction(vars(cls)[name]) for name in ("__repr__", "__eq__", "__hash__"))
    assert record == cls("Abba")
    assert all(inspect.isfunction(vars(cls)[name]) for name in ("__init__", "__repr__", "__eq__", "__hash__"))


@late(frozen=True)
class Sent:
    """A record that is sent to another process."""

    words: tuple[str, ...] = ()


def test_a_record_is_pickled_by_its_fields() -> None:
    assert pickle.loads(pickle.dumps(Sent(("a",)))) == Sent(("a",))


def test_a_frozen_class_cannot_set_in_its_own_way() -> None:
    with pytest.raises(TypeError, match="Own has __setattr__"):

        @late(frozen=True)
        class Own:
            def __setattr__(self, name: str, value: object) -> None: ...
