from __future__ import annotations

from mig_explorer.emulator.compiler.link_log import LinkLog, read_link_log

# What nvJitLink 13.5.37 says of kernels of one line, their names shortened.
PLAIN = """INFO: Solid LTOIR Container created (8528 bytes)
ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function 'twice' for 'sm_90a'
ptxas info    : Function properties for twice
ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 12 registers, used 0 barriers
ptxas info    : Compile time = 3.063 ms
"""
TILED = PLAIN.replace("Used 12 registers, used 0", "Used 43 registers, used 1").replace(
    "barriers", "barriers, 2048 bytes smem"
)
SPILLING = PLAIN.replace(
    "0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads",
    "48 bytes stack frame, 56 bytes spill stores, 60 bytes spill loads",
)
CALLING = """ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function 'twice' for 'sm_80'
ptxas info    : Function properties for twice
ptxas         .     16 bytes stack frame, 4 bytes spill stores, 8 bytes spill loads
ptxas info    : Used 30 registers, used 0 barriers, 96 bytes cumulative stack size
ptxas info    : Function properties for helper
ptxas         .     80 bytes stack frame, 32 bytes spill stores, 64 bytes spill loads
"""


def test_what_is_not_named_is_not_used() -> None:
    assert read_link_log(PLAIN) == LinkLog(12, 0, 0, 0, 0, 0)


def test_shared_memory_and_barriers_are_read() -> None:
    assert read_link_log(TILED) == LinkLog(43, 2048, 0, 0, 0, 1)


def test_spills_and_local_memory_are_read() -> None:
    assert read_link_log(SPILLING) == LinkLog(12, 0, 48, 56, 60, 0)


def test_functions_that_are_called_count_too() -> None:
    assert read_link_log(CALLING) == LinkLog(30, 0, 96, 36, 72, 0)


def test_a_log_that_says_nothing_of_a_kernel_gives_nothing() -> None:
    assert read_link_log("") is None
    assert read_link_log(PLAIN.replace("Used", "Takes")) is None
    assert read_link_log(PLAIN.replace("stack frame", "frame")) is None


def test_a_log_of_two_kernels_gives_nothing() -> None:
    assert read_link_log(PLAIN + PLAIN) is None
