"""A digest of nets, functions and rows: if the digest differs, so may the features.

Equal digests do not prove equal features, so callers also run the net on some rows again
(`kept_features`).
"""

import dis
import functools
import pickle
import sys
import sysconfig
import weakref
from pathlib import Path
from types import CodeType, FunctionType, GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import Any, TypeGuard

from joblib.hashing import NumpyHasher

Cached = type(functools.cache(len))  # the type of functions wrapped by lru_cache
SLOTS = (GetSetDescriptorType, MemberDescriptorType)
UNTOLD = (pickle.PicklingError, AttributeError, NotImplementedError, RuntimeError, TypeError)


def content(*values: Any, lenient: bool = False) -> str:
    """Return one digest of all values, the same in every process.

    The digest covers the values of arrays and tensors; the code, defaults, closures and named
    globals of a function; the attributes of a net's modules (except those that `forward` itself
    writes, such as counters), the code of their classes and their hooks; and the names and versions
    of installed packages. If a part cannot be read, a TypeError is raised; with `lenient`, its type
    is used instead.
    """
    try:
        return _Content(lenient).hash(values)
    except (*UNTOLD, ValueError) as error:
        raise TypeError(f"{error}") from error


def key_of(rows: Any, given: Any, parts: Any, *, lenient: bool) -> str:
    """Return one digest of the rows, the options, and the parts that compute features of rows."""
    try:
        told = content(rows, given)
    except TypeError as error:
        raise TypeError(
            "memory= identifies features by the content of the rows, and the content of X cannot "
            f"be read ({error}). Pass arrays, tensors, data frames or lists of them, or leave "
            "memory=None."
        ) from error
    try:
        return content(told, content(*parts, lenient=lenient))
    except TypeError as error:
        raise TypeError(
            "memory= identifies features by the net, preprocess= and pool=, and a part of these "
            f"cannot be read ({error}). Set version=, and change it when they change; or leave "
            "memory=None."
        ) from error


def state_of(module: Any) -> dict[str, Any]:
    """Return parameters, buffers (including those that are not saved) and extra state of a net."""
    tensors = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    return {**module.state_dict(), **tensors}


class _Content(NumpyHasher):
    """Extend joblib's digest to code, tensors and nets."""

    def __init__(self, lenient):
        super().__init__(coerce_mmap=True)
        self._lenient, self._met = lenient, {}

    def save(self, obj: Any) -> None:
        try:
            super().save(self._plain(obj))
        except (*UNTOLD, ValueError):
            if not self._lenient:
                raise
            super().save(("untold", type(obj).__qualname__))

    def _plain(self, obj):
        """Replace objects that pickle stores by name, or cannot store, by plain parts."""
        import torch

        kinds = (FunctionType, Cached, ModuleType, type, weakref.ref, torch.Tensor, torch.nn.Module)
        if not isinstance(obj, kinds):
            return obj
        if id(obj) in self._met:  # the object may contain itself
            return "again", self._met[id(obj)][0]
        self._met[id(obj)] = len(self._met), obj
        return _told(obj)


def _told(value):
    """Return the content of an object as plain parts."""
    import torch

    if isinstance(value, ModuleType):
        return _installed(value.__name__)
    if isinstance(value, weakref.ref):
        return (value(),)
    if isinstance(value, type):
        return _class(value)
    if isinstance(value, Cached):
        return (value.__wrapped__,)
    if isinstance(value, FunctionType):
        return _function(value)
    if isinstance(value, torch.Tensor):
        values = value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy()
        return str(value.dtype), tuple(value.shape), values
    written = _written(type(value)) | {"_parameters", "_buffers"}  # `state_of` has these two
    parts = sorted(vars(value).items())
    return type(value), [(n, _attribute(n, part)) for n, part in parts if n not in written]


def _attribute(name, part):
    """Return the attributes of a module: dictionaries in their order, and only forward hooks."""
    if not isinstance(part, dict):
        return part
    if not name.endswith(("_hooks", "_hooks_with_kwargs", "_hooks_always_called")):
        return list(part.items())
    return list(part.values()) if name in ("_forward_hooks", "_forward_pre_hooks") else []


def _function(function):
    code, named = function.__code__, {}
    if not _is_installed(code.co_filename):
        known, names = function.__globals__, _names(code)
        named = {n: _seen(known[n], names) for n in _globals(code) if n in known}
    held = [_held(cell) for cell in function.__closure__ or ()]
    return _code(code), function.__defaults__, function.__kwdefaults__, held, named


def _held(cell):
    try:
        return cell.cell_contents
    except ValueError:  # not yet assigned
        return "empty"


def _seen(value, names):
    """Return the parts of a user's own module that code may look up; other values unchanged."""
    if not isinstance(value, ModuleType) or _is_installed(getattr(value, "__file__", None) or ""):
        return value
    return [(n, _seen(vars(value)[n], names - {n})) for n in sorted(names & vars(value).keys())]


def _class(kind):
    """Return the code and the data of a class and its parents; for an installed class, its name."""
    parts, written = [], _written(kind)
    for parent in kind.__mro__:
        module = sys.modules.get(parent.__module__)
        file = getattr(module, "__file__", None)
        if parent.__module__ != "__main__" and (file is None or _is_installed(file)):
            parts.append((_installed(parent.__module__), parent.__qualname__))
            continue
        for name, part in sorted(vars(parent).items()):
            part = _of_class(part)
            machinery = name.startswith("__") and not _is_function(part)
            if not machinery and name not in written | {"_abc_impl"}:
                parts.append((name, part))
    return parts


def _of_class(part):
    """Return the functions behind methods and properties."""
    if isinstance(part, property):
        return part.fget, part.fset
    if isinstance(part, functools.cached_property):
        return part.func
    return "slot" if isinstance(part, SLOTS) else getattr(part, "__func__", part)


def _installed(name):
    """Return the name of a module and the version of its package."""
    return name, str(getattr(sys.modules.get(name.partition(".")[0]), "__version__", ""))


@functools.lru_cache(maxsize=4096)
def _is_installed(file: str) -> bool:
    """Return whether a version identifies the module; it always does for modules of skal."""
    paths = sysconfig.get_paths()
    folders = [Path(paths[name]) for name in ("stdlib", "purelib", "platlib")]
    return any(folder in Path(file).parents for folder in (*folders, Path(__file__).parents[1]))


def _is_function(value: Any) -> TypeGuard[FunctionType]:
    return isinstance(value, FunctionType)


def _code(code):
    """Return the instructions of code, without file and line numbers."""
    constants = [_code(part) if isinstance(part, CodeType) else part for part in code.co_consts]
    return code.co_code, code.co_names, constants


def _inner(code: CodeType) -> list[CodeType]:
    """Return the functions and comprehensions inside it."""
    return [part for part in code.co_consts if isinstance(part, CodeType)]


def _globals(code: CodeType) -> set[str]:
    """Return the globals that code reads and does not write itself, including nested code."""
    steps = [*dis.get_instructions(code)]
    read, written = (
        {step.argval for step in steps if step.opname == name}
        for name in ("LOAD_GLOBAL", "STORE_GLOBAL")
    )
    return (read - written).union(*(_globals(part) for part in _inner(code)))


def _names(code: CodeType) -> set[str]:
    """Return the globals and attributes that code may look up, including nested code."""
    return set(code.co_names).union(*(_names(part) for part in _inner(code)))


def _written(kind: type) -> set[str]:
    """Return the attributes that `forward` writes: a pass changes them, so they are no inputs."""
    forwards = (vars(parent).get("forward") for parent in kind.__mro__)
    return set().union(*(_stored(part.__code__) for part in forwards if _is_function(part)))


@functools.lru_cache(maxsize=1024)
def _stored(code: CodeType) -> frozenset[str]:
    """Return the attributes that code writes."""
    steps = dis.get_instructions(code)
    return frozenset(step.argval for step in steps if step.opname == "STORE_ATTR")
