"""NVIDIA's own occupancy rules, compiled with g++ where the headers of the CUDA toolkit are installed.

``CUDA_INCLUDE=/path/to/include`` says where they are; by default those of ``nvidia-cuda-runtime`` and
``nvidia-cuda-cccl`` are looked for in this Python's site-packages.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from mig_explorer.emulator.compiler.sm_limits import COMPUTE_CAPABILITIES

NO_LIMIT = 2**31 - 1
PREFERENCE_OF_NOBODY = -1

PROBE = r"""
#include <cuda/__device/arch_traits.h>
#include OCCUPANCY_HEADER
#include <cstdio>

int main() {
    int cc, threads, registers, static_shared, dynamic_shared, allowed, carve_out, barriers;
    while (std::scanf("%d %d %d %d %d %d %d %d", &cc, &threads, &registers, &static_shared,
                      &dynamic_shared, &allowed, &carve_out, &barriers) == 8) {
        const auto traits = cuda::arch_traits_for(cuda::compute_capability{cc});
        cudaOccDeviceProp device;
        device.computeMajor = cc / 10;
        device.computeMinor = cc % 10;
        device.maxThreadsPerBlock = traits.max_threads_per_block;
        device.maxThreadsPerMultiprocessor = traits.max_threads_per_multiprocessor;
        device.regsPerBlock = traits.max_registers_per_block;
        device.regsPerMultiprocessor = traits.max_registers_per_multiprocessor;
        device.warpSize = traits.warp_size;
        device.sharedMemPerBlock = traits.max_shared_memory_per_block;
        device.sharedMemPerMultiprocessor = traits.max_shared_memory_per_multiprocessor;
        device.numSms = 1;
        device.sharedMemPerBlockOptin = traits.max_shared_memory_per_block_optin;
        device.reservedSharedMemPerBlock = traits.reserved_shared_memory_per_block;
        cudaOccFuncAttributes kernel;
        kernel.maxThreadsPerBlock = traits.max_threads_per_block;
        kernel.numRegs = registers;
        kernel.sharedSizeBytes = static_shared;
        kernel.shmemLimitConfig = allowed < 0 ? FUNC_SHMEM_LIMIT_DEFAULT : FUNC_SHMEM_LIMIT_OPTIN;
        kernel.maxDynamicSharedSizeBytes = allowed < 0 ? 0 : allowed;
        kernel.numBlockBarriers = barriers;
        cudaOccDeviceState state;
        state.carveoutConfig = carve_out;
        cudaOccResult r;
        const int error =
            cudaOccMaxActiveBlocksPerMultiprocessor(&r, &device, &kernel, &state, threads, dynamic_shared);
        if (error) {
            std::printf("error %d\n", error);
            continue;
        }
        std::printf("%d %d %d %d %d %d %d %zu %u\n", r.activeBlocksPerMultiprocessor, r.blockLimitWarps,
                    r.blockLimitRegs, r.blockLimitSharedMem, r.blockLimitBlocks, r.blockLimitBarriers,
                    r.allocatedRegistersPerBlock, r.allocatedSharedMemPerBlock, r.limitingFactors);
    }
}
"""


class Case(NamedTuple):
    """What occupancy is asked for; -1 stands for what nobody asked for."""

    cc: int
    threads: int
    registers: int
    static_shared: int
    dynamic_shared: int
    allowed: int
    carve_out: int
    barriers: int


class Answer(NamedTuple):
    """What NVIDIA's header answers."""

    blocks: int
    warps_limit: int
    registers_limit: int
    shared_limit: int
    blocks_limit: int
    barriers_limit: int
    registers_per_block: int
    shared_per_block: int
    limiting: int


THREADS = (1, 31, 32, 33, 64, 96, 127, 128, 160, 192, 256, 288, 320, 384, 480, 512, 544, 640, 768, 800, 896,
           992, 1023, 1024, 1025, 2048)  # fmt: skip
REGISTERS = (0, 1, 8, 9, 15, 16, 17, 24, 31, 32, 33, 40, 41, 48, 56, 63, 64, 65, 72, 80, 96, 100, 127, 128,
             129, 160, 168, 200, 254, 255, 256, 257)  # fmt: skip
SHARED = (0, 1, 127, 128, 129, 1023, 1024, 1025, 2048, 4000, 7168, 8192, 12345, 15360, 16384, 24576, 31744,
          32768, 33333, 48127, 48128, 49152)  # fmt: skip
DYNAMIC = (*SHARED, 49153, 65535, 65536, 65537, 80000, 101375, 101376, 101377, 135168, 166912, 166913,
           200000, 232448, 232449, 240000)  # fmt: skip
ALLOWED = (-1, -1, -1, 0, 1024, 16384, 49152, 65536, 101376, 166912, 232448)
CARVE_OUTS = (-1, -1, -1, 0, 1, 7, 25, 33, 50, 66, 75, 99, 100)
BARRIERS = (0, 1, 1, 1, 2, 3, 8, 16)


def cases(each_capability: int, seed: int) -> Iterator[Case]:
    """Draw cases, the edges of every rule among them."""
    draw = random.Random(seed)  # noqa: S311
    for major, minor in COMPUTE_CAPABILITIES:
        for _ in range(each_capability):
            mostly_small = draw.random() < 0.4
            yield Case(
                cc=10 * major + minor,
                threads=draw.choice((*THREADS, draw.randint(1, 1024))),
                registers=draw.choice((*REGISTERS, draw.randint(1, 255))),
                static_shared=0 if mostly_small else draw.choice((*SHARED, draw.randint(0, 49152))),
                dynamic_shared=0 if draw.random() < 0.4 else draw.choice(DYNAMIC),
                allowed=draw.choice(ALLOWED),
                carve_out=draw.choice(CARVE_OUTS),
                barriers=draw.choice(BARRIERS),
            )


def include_folder() -> Path | None:
    """Return the folder with ``cuda_occupancy.h`` and ``cccl/``, None if there is none."""
    named = [Path(os.environ["CUDA_INCLUDE"])] if "CUDA_INCLUDE" in os.environ else []
    installed = [found for place in sys.path for found in Path(place).glob("nvidia/*/include")]
    for folder in (*named, *installed):
        if (folder / "cuda_occupancy.h").exists() and (folder / "cccl" / "cuda" / "__device").exists():
            return folder
    return None


def build_probe(include: Path, folder: Path) -> Path:
    """Compile the program that asks NVIDIA's header."""
    compiler = shutil.which("g++")
    assert compiler is not None
    source, program = folder / "probe.cpp", folder / "probe"
    source.write_text(PROBE, encoding="utf-8")
    header = f'-DOCCUPANCY_HEADER="{include / "cuda_occupancy.h"}"'
    # Only cccl's folder is searched: the toolkit's runtime headers are not all installed.
    command = [
        compiler,
        "-std=c++17",
        "-O1",
        f"-I{include / 'cccl'}",
        header,
        str(source),
        "-o",
        str(program),
    ]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return program


def ask(program: Path, asked: Iterable[Case]) -> list[Answer]:
    """Return what NVIDIA's header answers to each case."""
    lines = "\n".join(" ".join(map(str, case)) for case in asked)
    run = subprocess.run([str(program)], input=lines, check=True, capture_output=True, text=True)
    return [Answer(*map(int, line.split())) for line in run.stdout.splitlines()]
