"""A workload that was measured on one or more slices, and its time on the others."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mig_explorer.errors import DoesNotFit, InvalidWorkload, UnknownProfile
from mig_explorer.gpus import Gpu, Slice, gpu, gpus
from mig_explorer.model.bands import Fitted
from mig_explorer.model.calibration import MODEL_VERSION, constant
from mig_explorer.model.scaling import Anchor, default_equation, share_of

if TYPE_CHECKING:
    from collections.abc import Mapping

WHOLE = "whole GPU"
MIB_OF_GIB = 1024


@dataclass(frozen=True)
class Prediction:
    """A modelled time of a measured workload.

    Parameters
    ----------
    seconds : float
        Of one request.
    low, high : float
        The band. On the jobs that tuned the model, each predicted by constants that did not know it, at least
        80 % of the measured times lay in theirs; on others that were only scored about half did (README.md
        beside this module). From one measured time it is what is possible at all.
    limited_by : str
        ``"host"`` where the part that no slice changes is the longer one. Else ``"compute"`` or
        ``"memory"``: of which of the two the slice has the smaller share. Measured times alone do not tell
        which of the two the job itself wants more of.
    slice : Slice
        Where.
    provenance : str
        What it was made from, in words.
    host_seconds, gpu_seconds : float
        The part that no slice changes, and the rest on this slice.
    exponent : float
        How the two are joined: ``(host^k + gpu^k)^(1/k)``, infinity for the longer of the two.
    """

    seconds: float
    low: float
    high: float
    limited_by: str
    slice: Slice
    provenance: str
    host_seconds: float
    gpu_seconds: float
    exponent: float


@dataclass(frozen=True)
class MeasuredWorkload:
    """A job known by its times on some slices rather than by what it computes.

    Its time elsewhere follows ``t^k = t_0^k + (T x)^k``: t_0 is the part that no slice changes, x grows as
    the slice's share of SMs and bandwidth shrinks. Two times fix t_0 and T; more are met as well as can be;
    one leaves open how much of it scales, and the band then runs from all of it to nothing.

    Parameters
    ----------
    name : str
        For example ``"bert-base, batch 256"``.
    seconds : mapping of str to float
        Measured seconds of one request by profile, ``"whole GPU"`` for the board with MIG off.
    gpu : Gpu or str or None
        The board it was measured on; may be left out where the profiles tell.
    host_seconds : float or None
        The part that no slice changes, where it is known, for example from a batch of 1 that takes as long
        everywhere. The longer of it and the GPU's part then decides.
    memory_gib : float or None
        What the job needs of a slice's memory; None leaves that unchecked.

    Raises
    ------
    InvalidWorkload
        If a time is not positive, no time is given, or the profiles are of several boards or of none.
    UnknownProfile
        If the board has no such profile.
    UnknownGpu
        If no board has that name.

    Examples
    --------
    >>> bert = MeasuredWorkload("bert-base b256", {"7g.40gb": 0.053, "1g.5gb": 0.399})
    >>> there = bert.predict("3g.20gb")
    >>> f"{there.low:.3f} < {there.seconds:.3f} < {there.high:.3f} s, limited by {there.limited_by}"
    '0.106 < 0.113 < 0.121 s, limited by compute'
    """

    name: str
    seconds: Mapping[str, float] = field(hash=False)
    gpu: Gpu | str | None = field(default=None, hash=False)
    host_seconds: float | None = field(default=None, kw_only=True)
    memory_gib: float | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        times = dict(self.seconds)
        object.__setattr__(self, "seconds", times)
        if not times:
            message = (
                f"{self.name} has no measured time. Give at least one, such as "
                f'{{"7g.40gb": 0.053, "1g.5gb": 0.399}} in seconds.'
            )
            raise InvalidWorkload(message)
        known = {f"on {profile}": value for profile, value in times.items()}
        known |= {"host_seconds": self.host_seconds} if self.host_seconds is not None else {}
        known |= {"memory_gib": self.memory_gib} if self.memory_gib is not None else {}
        for what, value in known.items():
            if not (isinstance(value, int | float) and math.isfinite(value) and value > 0):
                unit = "GiB" if what == "memory_gib" else "seconds"
                message = f"{self.name}, {what}: {value!r} is no number of {unit} greater than 0."
                raise InvalidWorkload(message)
        object.__setattr__(self, "gpu", _board(self.name, tuple(times), self.gpu))
        for profile in times:
            self._check_fit(self._slice(profile))

    @property
    def board(self) -> Gpu:
        """The board that it was measured on."""
        assert isinstance(self.gpu, Gpu)  # noqa: S101 - __post_init__ saw to it; this tells the type checker
        return self.gpu

    @property
    def title(self) -> str:
        """Its name, for people."""
        return self.name

    @property
    def note(self) -> str:
        """What its times elsewhere rest on."""
        where = ", ".join(self.seconds)
        return f"Measured on {where} of {self.board.name}; modelled from that on other slices."

    def predict(self, where: str | Slice) -> Prediction:
        """Return the modelled time of one request on a slice of the board.

        Parameters
        ----------
        where : str or Slice
            A profile, ``"whole GPU"``, or a slice of the board such as a compute instance's or one with
            fewer SMs.

        Raises
        ------
        DoesNotFit
            If the job needs more memory than the slice has; names the smallest profile that would do.
        UnknownProfile
            If the board has no such profile.
        InvalidWorkload
            If the SMs or the bandwidth of the slice are unknown.

        Examples
        --------
        >>> job = MeasuredWorkload("resnet", {"7g.40gb": 0.0366, "1g.5gb": 0.1637})
        >>> round(job.predict("1g.5gb").seconds, 4)
        0.1637
        """
        piece = where if isinstance(where, Slice) else self._slice(where)
        self._check_fit(piece)
        share = share_of(piece, self.board)
        curve, size = self._fitted.curve, self._fitted.equation.size(share)
        low, high = self._fitted.band(share)
        on_gpu = curve.on_gpu(size)
        scarcer = "compute" if share.compute < share.memory else "memory"
        return Prediction(
            seconds=curve.seconds(size),
            low=low,
            high=high,
            limited_by="host" if curve.host_seconds > on_gpu else scarcer,
            slice=piece,
            provenance=self._provenance(),
            host_seconds=curve.host_seconds,
            gpu_seconds=on_gpu,
            exponent=curve.exponent,
        )

    @cached_property
    def _fitted(self) -> Fitted:
        """What its times come to; the same for every slice, and some milliseconds of work."""
        board = self.board
        anchors = [Anchor(share_of(self._slice(name), board), time) for name, time in self.seconds.items()]
        return Fitted(tuple(anchors), default_equation(), self.host_seconds)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle with the board's name: a board does not travel."""
        known = (self.host_seconds, self.memory_gib)
        return _rebuilt, (self.name, dict(self.seconds), self.board.name, *known)

    def _provenance(self) -> str:
        times = ", ".join(f"{seconds:g} s on {name}" for name, seconds in self.seconds.items())
        host = "" if self.host_seconds is None else f", {self.host_seconds:g} s of it on the host"
        band_of = f"band: {constant('band_coverage'):.0%}"
        return f"modelled ({MODEL_VERSION}) from measured {times} of {self.board.name}{host}; {band_of}"

    def _slice(self, name: str) -> Slice:
        return self.board.whole if name == WHOLE else self.board.slice(name)

    def _check_fit(self, piece: Slice) -> None:
        if self.memory_gib is None or piece.memory_mib is None:
            return
        needed = self.memory_gib * MIB_OF_GIB
        if needed <= piece.memory_mib:
            return
        board = self.board
        larger = [each for each in board.profiles.values() if (each.memory_mib or 0) >= needed]
        if larger:
            way_out = f"The smallest profile with room is {larger[0].name}."
        elif (board.memory_mib or 0) >= needed:
            way_out = "Only the whole GPU has room."
        else:
            way_out = "No slice of this board has room."
        message = (
            f"{self.name} needs {self.memory_gib:g} GiB, but {piece.name} of {board.name} has "
            f"{piece.memory_mib / MIB_OF_GIB:.2f} GiB. {way_out}"
        )
        raise DoesNotFit(message)


def _rebuilt(
    name: str, seconds: dict[str, float], board: str, host_seconds: float | None, memory_gib: float | None
) -> MeasuredWorkload:
    return MeasuredWorkload(name, seconds, board, host_seconds=host_seconds, memory_gib=memory_gib)


def _board(name: str, profiles: tuple[str, ...], given: Gpu | str | None) -> Gpu:
    if given is not None:
        board = given if isinstance(given, Gpu) else gpu(given)
        for profile in profiles:
            if profile != WHOLE:
                board.profile(profile)
        return board
    named = [profile for profile in profiles if profile != WHOLE]
    fitting = [board for board in gpus() if named and all(_has(board, profile) for profile in named)]
    shapes = {_shape(board) for board in fitting}
    if len(shapes) == 1:
        measured = [board for board in fitting if "stream_copy_gbs" in board.facts]
        return (measured or fitting)[0]
    shown = " and ".join(profiles)
    if not named:
        reason = f'"{WHOLE}" is on every board'
    elif fitting:
        reason = f"{shown} {'is' if len(profiles) == 1 else 'are'} on {', '.join(b.name for b in fitting)}"
    else:
        reason = f"no board of the catalogue has {shown}"
    example = fitting[0].name if fitting else "A100-SXM4-40GB"
    message = f'{name}: which board was measured is not clear: {reason}. Say which: gpu="{example}".'
    raise InvalidWorkload(message)


def _has(board: Gpu, profile: str) -> bool:
    try:
        board.profile(profile)
    except UnknownProfile:
        return False
    return True


def _shape(board: Gpu) -> tuple[object, ...]:
    """Return what decides how times scale on a board; its speed does not, only its shares do."""
    slices = tuple((each.name, each.sms, each.memory_slices) for each in board.profiles.values())
    return board.sms, board.memory_slices, slices
