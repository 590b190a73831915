"""Counts of the kernels that work in tiles and blocks, as one derives them on paper; see `by_hand`."""

from __future__ import annotations

from tests.emulator.counts.paper import coalesced, over, shared, split


def matmul(arguments, *, size, blocks):
    """Sizes that are multiples of 16. A warp has two rows of 16, so two sectors of each of two rows.

    Each of T^2 blocks takes T steps: two tiles of 256 elements are read and stored, then each thread does 16
    multiplications and additions, and each of 8 warps reads 2 words 16 times: ``a_tile[y, k]`` from banks k
    and 16 + k, ``b_tile[k, x]`` 16 words for both rows. Tests a step: one of the outer loop, 2 + 2 of the
    `if`, 17 of the inner loop; at the end one of the outer loop and 2 of the last `if`.
    """
    del arguments
    tiles = size // 16
    steps = tiles * blocks
    return {
        **coalesced("load", 2 * 1024 * steps, 2 * 8 * steps, 2 * 32 * steps),
        **coalesced("store", 4 * size**2, 8 * blocks, 32 * blocks),
        **shared(
            2 * 16 * 8 * steps,
            2 * 8 * steps,
            load_bytes=4 * 2 * 16 * 256 * steps,
            store_bytes=2 * 1024 * steps,
        ),
        "flops_fp32": 2 * size**3,
        "branches": 8 * (22 * steps + 3 * blocks),
        "barriers": 2 * steps,
    }


def stencil(arguments, *, size, blocks):
    """Sizes of T tiles of 16, T at least 2. A warp has two rows of 16 cells, in tile rows of 18.

    Words y * 18 + x of two rows: x = 1, 2 of the first lie in the banks of x = 15, 16 of the second, so a
    warp with both rows takes two turns. Halos are read by 8 warps of each block at the left (2 cells in 2
    sectors, one would do) and right, and by one at the top and bottom (16 cells), but not at the rim.

    Of the warps, 2T at the top and bottom have one inner row, so no conflict in the four reads of neighbours.
    Rim cells: in 2T blocks at the sides 8 warps each, in the other T - 2 columns the top and the bottom one;
    conflicts have the corners where x = 16 is below x = 2, and x = 1 above x = 15.

    Tests of a warp: 2 + 1 + 1 + 1 + 1 + 1 + 1 + 2 + 4, and ``row`` of the halo in the first and last warp.
    Split are x == 1 and x == 16 in every warp, y == 1 and y == 16 in one each, and the rim: the top and the
    bottom warp of T blocks each, all warps of 2T blocks.
    """
    del arguments
    n, t = size, size // 16
    assert t >= 2
    warps, halos = 8 * blocks, t * (t - 1)
    rim_warps = 16 * t + 2 * (t - 2)
    sides = 2 * (8 * t - 2)
    inner = 4 * (n - 2) ** 2
    rim = 4 * n * n - inner
    return {
        **coalesced(
            "load",
            4 * n * n + 4 * halos * (16 + 16 + 16 + 16),
            warps + halos * (8 + 8 + 1 + 1),
            4 * warps + halos * (16 + 16 + 2 + 2),
            4 * warps + halos * (8 + 8 + 2 + 2),
        ),
        **coalesced(
            "store",
            4 * n * n,
            warps + rim_warps,
            # An inner row of a warp lies in two sectors; of the rim, a corner's warp has 16 + 1 cells.
            (4 * warps - 2 * 2 * t) + (4 * 3 + 2 * sides + 2 * 2 * (t - 2)),
            (4 * warps - 2 * 2 * t) + (4 * 3 + sides + 2 * 2 * (t - 2)),
        ),
        **shared(
            4 * warps + rim_warps,
            warps + halos * (8 + 8 + 1 + 1),
            warps + 4 * (warps - 2 * t) + 2,
            load_bytes=4 * inner + rim,
            store_bytes=4 * n * n + 4 * halos * 64,
        ),
        "flops_fp32": inner,
        "branches": 14 * warps + 2 * blocks,
        "divergent_branches": 2 * warps + 2 * blocks + 2 * t + 16 * t,
        "barriers": blocks,
    }


def transpose_naive(arguments, *, size, blocks):
    """Multiples of 8: rows begin at sectors. A warp reads a row of 32 or what is left, writes a column."""
    del arguments
    n = size
    across = over(n, 32)
    assert blocks == across * n // 8
    return {
        **coalesced("load", 4 * n * n, n * across, n * n // 8),
        **coalesced("store", 4 * n * n, n * across, n * n, n * n // 8),
        "branches": 2 * n * across,
        "divergent_branches": n * split(n),
    }


def _transpose(size, blocks, conflicts):
    """Multiples of 8. Of 8 warps in a block each takes 4 rows, for reading and for writing.

    A block at the lower or right edge has rows without work: the test of ``row + down`` still stands, that of
    ``column`` does not.
    """
    n, across = size, over(size, 32)
    rows = n * across
    return {
        **coalesced("load", 4 * n * n, rows, n * n // 8),
        **coalesced("store", 4 * n * n, rows, n * n // 8),
        **shared(rows, rows, conflicts, load_bytes=4 * n * n, store_bytes=4 * n * n),
        "branches": 2 * (8 * blocks * (5 + 4) + rows),
        "divergent_branches": 2 * n * split(n),
        "barriers": blocks,
    }


def transpose_tiled(arguments, *, size, blocks):
    """Each row of the result is read from columns of tiles, all in one bank: a turn for every lane."""
    del arguments
    full, left = divmod(size, 32)
    return _transpose(size, blocks, size * (31 * full + max(0, left - 1)))


def transpose_padded(arguments, *, size, blocks):
    """Columns of a tile with rows of 33 visit every bank once."""
    del arguments
    return _transpose(size, blocks, 0)


def mlp(arguments, *, batch, layers, width, blocks):
    """Widths that are multiples of 8. W warps a block have a neuron.

    A layer reads biases, and for each k an activation (a broadcast) and a row of weights. Tests: one before,
    one after, L + 1 of the layers, and for each layer 1 + (w + 1) + 1, where a warp is split if it is not
    full.
    """
    del arguments
    w, warps = width, over(width, 32)
    rows = batch * (1 + layers + layers * w)
    return {
        **coalesced("load", 4 * w * rows, warps * rows, w // 8 * rows),
        **coalesced("store", 4 * w * batch, warps * batch, w // 8 * batch),
        **shared(
            warps * batch * (layers * w + 1),
            warps * batch * (1 + layers),
            load_bytes=4 * w * batch * (layers * w + 1),
            store_bytes=4 * w * batch * (1 + layers),
        ),
        "flops_fp32": 2 * w * w * layers * batch,
        "branches": warps * batch * (1 + layers + 1 + layers * (w + 3) + 1),
        "divergent_branches": split(w) * batch * (layers + 2),
        "barriers": blocks * (1 + layers),
    }


def attention(arguments, *, length, blocks):
    """Lengths that are multiples of 64: two full warps a block, T tiles of 32 keys.

    A warp reads and writes rows of 64 features for its 32 queries, each lane its own: 32 sectors where 4
    would do. Keys and values are read in order, and from the tiles one word for all lanes. Of a tile, a
    thread makes 32 scores (64 products and sums), corrects its sums (1 + 1 + 64), and adds 32 weighted
    values (1 + 1 + 2 * 64 each); 33 exponentials. Local arrays count for nothing.
    """
    del arguments
    n, tiles, warps = length, length // 32, 2 * blocks
    steps = warps * tiles
    rows = 64 * warps
    loop = 33 + 1 + (33 + 32 * 65) + 65 + (33 + 32 * 65)
    return {
        **coalesced(
            "load",
            256 * n + 128 * 64 * steps,
            rows + 64 * steps,
            32 * rows + 4 * 64 * steps,
            4 * rows + 4 * 64 * steps,
        ),
        **coalesced("store", 256 * n, rows, 32 * rows, 4 * rows),
        **shared(
            2 * 2048 * steps,
            64 * steps,
            load_bytes=128 * 2 * 2048 * steps,
            store_bytes=128 * 64 * steps,
        ),
        "flops_fp32": n * (64 + tiles * (32 * 128 + 66 + 32 * 130)),
        "special_fp32": n * (33 * tiles + 64),
        "branches": warps * (1 + 65 + 1 + 1 + 65) + steps * (1 + loop),
        "barriers": 2 * tiles * blocks,
    }


def nbody(arguments, *, bodies, blocks):
    """Multiples of 128, or fewer bodies that are a multiple of 8: rows begin at sectors.

    Each pair: 3 differences, 3 squares and 3 sums, 3 products, 3 products and sums: 18, a root and a
    division. Each block reads all bodies, four numbers each, into the tile; a warp reads each as a broadcast.
    """
    del arguments
    n, warps = bodies, over(bodies, 32)
    idle = 4 * blocks - warps
    assert n % 128 == 0 or n < 128
    return {
        **coalesced("load", 12 * n + 16 * n * blocks, (3 + 4 * blocks) * warps, (3 + 4 * blocks) * n // 8),
        **coalesced("store", 12 * n, 3 * warps, 3 * n // 8),
        **shared(
            4 * n * warps,
            4 * warps * blocks,
            load_bytes=16 * n * n,
            store_bytes=16 * n * blocks,
        ),
        "flops_fp32": 18 * n * n,
        "special_fp32": 2 * n * n,
        # A warp with bodies tests 1 + (steps + 1) + steps * (1 + 5 + 1) + (n + steps) + 1 times; one without
        # goes by the loops inside.
        "branches": (warps + idle) * (3 + 3 * blocks) + warps * (5 * blocks + n + blocks),
        "divergent_branches": split(n) * (1 + 1 + 1 + 1),
        "barriers": 2 * blocks * blocks,
    }
