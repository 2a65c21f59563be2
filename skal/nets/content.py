"""A digest of what a net, a function and rows hold: the same digest, the same features."""

import dis
import functools
import pickle
import sys
import sysconfig
import weakref
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, TypeGuard

from joblib.hashing import NumpyHasher


def content(*values: Any) -> str:
    """One digest of all values, the same in every process.

    Arrays and tensors count by their numbers; a function by its code, what it holds and the globals
    that it names; a net by its modules' attributes (all but those that `forward` itself writes: a
    counter is no content) and the code of their classes and hooks; what is installed by its name
    and version.
    """
    try:
        return _Content().hash(values)
    except (pickle.PicklingError, AttributeError, RuntimeError, TypeError, ValueError) as error:
        raise TypeError(
            "memory= keeps features by content, and the content of the net, of preprocess= or of "
            f"pool= cannot be told ({error}). Leave memory=None, or hold something else in them."
        ) from error


class _Content(NumpyHasher):
    """joblib's digest, which sees into code, tensors and nets too."""

    def __init__(self):
        super().__init__(coerce_mmap=True)
        self._met = {}

    def save(self, obj: Any) -> None:
        import torch

        kinds = (FunctionType, ModuleType, type, weakref.ref, torch.Tensor, torch.nn.Module)
        if isinstance(obj, kinds):
            if id(obj) in self._met:  # it may hold itself
                obj = ("again", self._met[id(obj)][0])
            else:
                self._met[id(obj)] = len(self._met), obj
                obj = _told(obj)
        super().save(obj)


def _told(value):
    """What it is made of, as plain parts."""
    import torch

    if isinstance(value, ModuleType):
        return _installed(value.__name__)
    if isinstance(value, weakref.ref):
        return (value(),)
    if isinstance(value, type):
        return _class(value)
    if isinstance(value, FunctionType):
        return _function(value)
    if isinstance(value, torch.Tensor):
        values = value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy()
        return str(value.dtype), tuple(value.shape), values
    written = _written(type(value))
    parts = sorted(vars(value).items())
    return type(value), [(n, _attribute(n, part)) for n, part in parts if n not in written]


def _attribute(name, part):
    """Of a module: dictionaries in their order, hooks of a forward pass by their code."""
    if not isinstance(part, dict):
        return part
    if not name.endswith(("_hooks", "_hooks_with_kwargs", "_hooks_always_called")):
        return list(part.items())
    hooks = part.values() if name in ("_forward_hooks", "_forward_pre_hooks") else ()
    return [_code(hook.__code__) if _is_function(hook) else hook for hook in hooks]


def _function(function):
    held = [cell.cell_contents for cell in function.__closure__ or ()]
    named = {}
    if not _is_installed(function.__code__.co_filename):
        known = function.__globals__
        named = {name: known[name] for name in _globals(function.__code__) if name in known}
    defaults = function.__defaults__, function.__kwdefaults__
    return _code(function.__code__), defaults, held, named


def _class(kind):
    """The code and the data of a class and its parents; of one that is installed its name."""
    parts, written = [], _written(kind)
    for parent in kind.__mro__:
        module = sys.modules.get(parent.__module__)
        file = getattr(module, "__file__", None)
        if parent.__module__ != "__main__" and (file is None or _is_installed(file)):
            parts.append((_installed(parent.__module__), parent.__qualname__))
            continue
        for name, part in sorted(vars(parent).items()):
            part = getattr(part, "__func__", getattr(part, "fget", part))
            if _is_function(part):
                parts.append((name, _code(part.__code__)))
            elif not name.startswith("_") and name not in written:
                parts.append((name, part))
    return parts


def _installed(name):
    """A module by its name and its package's version."""
    return name, str(getattr(sys.modules.get(name.partition(".")[0]), "__version__", ""))


def _is_installed(file: str) -> bool:
    paths = sysconfig.get_paths()
    return any(Path(paths[name]) in Path(file).parents for name in ("stdlib", "purelib", "platlib"))


def _is_function(value: Any) -> TypeGuard[FunctionType]:
    return isinstance(value, FunctionType)


def _code(code):
    """What code does, without where it stands."""
    constants = [_code(part) if isinstance(part, CodeType) else part for part in code.co_consts]
    return code.co_code, code.co_names, constants


def _globals(code: CodeType) -> set:
    """The globals that code reads, and the code within it."""
    names = {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}
    return names.union(*(_globals(part) for part in code.co_consts if isinstance(part, CodeType)))


def _written(kind: type) -> set:
    """Attributes that `forward` writes: a pass changes them, so they are not what was given."""
    forwards = (vars(parent).get("forward") for parent in kind.__mro__)
    return set().union(*(_stored(part.__code__) for part in forwards if _is_function(part)))


@functools.lru_cache(maxsize=1024)
def _stored(code: CodeType) -> frozenset:
    """The attributes that code writes."""
    steps = dis.get_instructions(code)
    return frozenset(step.argval for step in steps if step.opname == "STORE_ATTR")
