"""Compiling a kernel for a GPU that is not there, to see what it takes of an SM."""

from __future__ import annotations

import importlib
import importlib.util
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from mig_explorer.emulator.compiler.link_log import read_link_log
from mig_explorer.emulator.compiler.resources import KernelResources, Provenance
from mig_explorer.emulator.compiler.sm_limits import dotted
from mig_explorer.emulator.source import python_function
from mig_explorer.errors import MissingExtra, UnsupportedKernel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HOW = "numba-cuda to LTO-IR, linked by nvJitLink as a launch would be; no GPU"
COMPILERS = ("numba-cuda", "cuda-core", "nvidia-nvvm", "nvidia-nvjitlink")

FIRST_WITH_ITS_OWN_CODE = (9, 0)
"""From this compute capability on, numba-cuda compiles for one architecture alone: ``sm_90a``."""

REFUSED_OPTIONS = {
    "debug": "debug code has other registers than the kernel as it is meant to run",
    "link": "what else is linked to it is not compiled here",
    "extensions": "how an extension prepares the arguments is not known here",
}


def can_compile() -> bool:
    """Say whether numba-cuda and cuda-core are installed, without importing them.

    Examples
    --------
    >>> can_compile() in (True, False)
    True
    """
    return all(_is_installed(module) for module in ("numba_cuda", "cuda.core"))


def compile_kernel(
    kernel: Any, arguments: Sequence[Any], compute_capability: tuple[int, int]
) -> KernelResources:
    """Compile a kernel for a compute capability and return what it takes of an SM. No GPU is needed.

    It goes the way of a launch by numba-cuda: link-time optimization, and from compute capability 9.0 on code
    for that architecture alone. The options of ``@cuda.jit`` that change the code are kept: `max_registers`,
    `fastmath`, `opt` and `launch_bounds`. A GPU's driver has the last word on none of the numbers.

    Parameters
    ----------
    kernel
        A ``@cuda.jit`` kernel, or a plain function written like one.
    arguments
        What it is launched with, or Numba's types of that.
    compute_capability
        Major and minor.

    Raises
    ------
    MissingExtra
        If numba-cuda or cuda-core is not installed, or not in charge of ``numba.cuda``.
    UnsupportedKernel
        If it can't be compiled, or has an option that is not followed here: `debug`, `link`, `extensions`,
        ``lto=False``.

    Examples
    --------
    >>> from numba import cuda, float32
    >>> @cuda.jit
    ... def twice(values):
    ...     values[cuda.grid(1)] *= 2
    >>> try:
    ...     enough = compile_kernel(twice, (float32[::1],), (8, 0)).registers < 32
    ... except MissingExtra:  # no numba-cuda here
    ...     enough = True
    >>> enough
    True
    """
    cuda = _numba_cuda()
    function = python_function(kernel)
    asked = f"{function.__name__}, for compute capability {dotted(compute_capability)}"
    options = _options(function.__name__, kernel)
    suffix = "a" if compute_capability >= FIRST_WITH_ITS_OWN_CODE else ""
    kinds = tuple(_type(each) for each in arguments)
    try:
        with _device(compute_capability):
            code, _ = cuda.compile(
                function,
                kinds,
                cc=(*compute_capability, suffix),
                output="ltoir",
                abi="numba",
                device=False,
                **options["compile"],
            )
        log = _link(code, f"sm_{compute_capability[0]}{compute_capability[1]}{suffix}", options["link"])
    except Exception as error:  # numba's, NVVM's and nvJitLink's errors have no common base
        given = ", ".join(str(each) for each in kinds)
        msg = f"{asked}: numba-cuda can't compile it for arguments ({given}): {_reason(error)}"
        raise UnsupportedKernel(msg) from error
    found = read_link_log(log)
    if found is None:
        linker = f"nvJitLink {_version('nvidia-nvjitlink')}"
        msg = f"{asked}: what {linker} says of it can't be read: {log.strip()!r}."
        raise UnsupportedKernel(msg)
    return KernelResources(
        kernel=function.__name__,
        compute_capability=compute_capability,
        **vars(found),
        provenance=Provenance("compiled", HOW, versions(), datetime.now(UTC).date().isoformat()),
    )


def versions() -> dict[str, str]:
    """Return the versions of the packages that compile.

    Examples
    --------
    >>> list(versions())
    ['numba-cuda', 'cuda-core', 'nvidia-nvvm', 'nvidia-nvjitlink']
    """
    return {name: _version(name) for name in COMPILERS}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _numba_cuda() -> Any:
    if not can_compile():
        msg = (
            "To see what a kernel compiles to, numba-cuda and cuda-core are needed, and they are not "
            'installed. Install them with: pip install "mig_explorer[cuda]"'
        )
        raise MissingExtra(msg)
    cuda = importlib.import_module("numba.cuda")
    if "numba_cuda" not in str(cuda.__file__):
        msg = (
            f"numba-cuda is installed, but numba.cuda is not it: {cuda.__file__}. Start Python with its "
            "site-packages' .pth files read, without -S or -I."
        )
        raise MissingExtra(msg)
    if "simulator" in cuda.jit.__module__:
        msg = (
            "Numba's CUDA simulator compiles nothing. Start Python without NUMBA_ENABLE_CUDASIM=1 to see "
            "what a kernel compiles to."
        )
        raise MissingExtra(msg)
    return cuda


def _options(name: str, kernel: Any) -> dict[str, dict[str, Any]]:
    """Return what ``@cuda.jit`` was given, for the compiler and for the linker."""
    given = getattr(kernel, "targetoptions", {})
    for option, reason in REFUSED_OPTIONS.items():
        if given.get(option):
            msg = f"{name}: it is compiled with {option}={given[option]!r}, and {reason}. Leave it out."
            raise UnsupportedKernel(msg)
    if given.get("lto") is False:
        msg = f"{name}: it is compiled with lto=False, which is not followed here. Leave it out."
        raise UnsupportedKernel(msg)
    bounds = given.get("launch_bounds")
    return {
        "compile": {
            "fastmath": bool(given.get("fastmath", False)),
            "opt": bool(given.get("opt", True)),
            **({} if bounds is None else {"launch_bounds": bounds}),
        },
        "link": {"max_register_count": given.get("max_registers")},
    }


def _type(argument: Any) -> Any:
    numba = importlib.import_module("numba")
    return argument if isinstance(argument, numba.types.Type) else numba.typeof(argument)


@contextmanager
def _device(compute_capability: tuple[int, int]) -> Iterator[None]:
    """Let numba-cuda compile device functions: it asks for the GPU of this machine to do so."""
    dispatcher: Any = importlib.import_module("numba.cuda.dispatcher")
    with dispatcher.global_compiler_lock:
        real = dispatcher.get_current_device
        dispatcher.get_current_device = lambda: SimpleNamespace(compute_capability=compute_capability)
        try:
            yield
        finally:
            dispatcher.get_current_device = real


def _link(code: bytes, architecture: str, options: dict[str, Any]) -> str:
    core = importlib.import_module("cuda.core")
    linker = core.Linker(
        core.ObjectCode.from_ltoir(code),
        options=core.LinkerOptions(arch=architecture, link_time_optimization=True, verbose=True, **options),
    )
    linker.link("cubin")
    return str(linker.get_info_log())


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines()]
    said = [line for line in lines if line and not line.startswith("Failed in ")]
    return said[0] if said else type(error).__name__
