"""Iterations on a Dask cluster of two workers with a thread each, beside one process with two.

    python benchmarks/cluster_dask.py               n = 4e6, d = 16, K = 16, in 8 partitions
    python benchmarks/cluster_dask.py --rows 4e5

Seconds are the least over turns. Bytes are those that all processes write to each other in an
iteration: also without what goes between client and scheduler, which are one process here. The
bound is that every worker is sent a mixture and sends moments, and 10 KB a partition.
"""

import argparse
import pickle
import time
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import dask.array as da
import numpy as np
from distributed import Client, LocalCluster, wait
from distributed.comm.tcp import TCP

import mixtura as mx
from cases import Floats
from measure import print_head, print_machine, print_row, seconds
from mixtura.moments import FULL, expect
from mixtura.typing import Block

D, K = 16, 16
N_WORKERS = 2


def count_bytes() -> None:
    """From now on, this process counts what it writes to each other one."""
    write = TCP.write
    TCP.written = Counter()  # functions of a script are sent to workers with all that they name

    async def counted(comm: Any, *arguments: Any, **others: Any) -> Any:
        n_bytes = await write(comm, *arguments, **others)
        TCP.written[comm.local_address, comm.peer_address] += n_bytes
        return n_bytes

    TCP.write = counted


def bytes_written() -> Counter[tuple[str, str]]:
    """What this process has written, from address to address."""
    return Counter(TCP.written)


def mark(client: Client) -> Floats:
    """Seconds; what all have written; and without what stayed in this process, at both ends."""
    own = bytes_written()
    others = sum(sum(each.values()) for each in client.run(bytes_written).values())
    between = sum(n for (here, there), n in own.items() if (there, here) not in own)
    return np.array([time.perf_counter(), own.total() + others, between + others])


def rows_about_means(means: Floats, block_info: Any = None) -> Floats:
    """A partition of rows about K means."""
    number, shape = block_info[None]["chunk-location"][0], block_info[None]["chunk-shape"]
    rng = np.random.default_rng(number)
    rows: Floats = means[rng.integers(K, size=shape[0])] + rng.normal(size=shape)
    return rows


def fit(X: Any, start: mx.Mixture, n_iter: int) -> mx.GaussianMixture:
    """So many iterations."""
    model = mx.GaussianMixture(K, mixture_init=start, tol=0, max_iter=n_iter, reg_covar=0)
    model.n_threads = N_WORKERS
    fitted: mx.GaussianMixture = model.fit(X)
    return fitted


def least(runs: Mapping[str, Callable[[int], object]], n_iter: int, turns: int) -> dict[str, float]:
    """Seconds per iteration: what `n_iter` of them add to a run of one."""
    few: dict[str, list[float]] = {name: [] for name in runs}
    many: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(turns):
        for name, run in runs.items():
            few[name].append(seconds(run, 1))
            many[name].append(seconds(run, 1 + n_iter))
    return {name: (min(many[name]) - min(few[name])) / n_iter for name in runs}


def bytes_per_iteration(client: Client, run: Callable[[int], object], n_iter: int) -> Floats:
    """All of them, and without those between client and scheduler; both without heartbeats."""
    marks = [mark(client)]
    for act in (partial(time.sleep, 2), partial(run, 1), partial(run, 1 + n_iter)):
        act()
        marks.append(mark(client))
    beats, few, many = np.diff(marks, axis=0)
    own = many - few
    per_iteration: Floats = (own - beats * own[0] / beats[0])[1:] / n_iter
    return per_iteration


def bound(start: mx.Mixture, n_partitions: int) -> float:
    """2 workers x (moments + mixture) + 10 KB a partition."""
    moments = expect(start, FULL, Block(start.means))
    return N_WORKERS * (len(pickle.dumps(start)) + len(pickle.dumps(moments))) + 1e4 * n_partitions


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=float, default=4e6)
    parser.add_argument("--partitions", type=int, nargs="*", default=[8])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--iterations", type=int, default=5)
    chosen = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    print_machine(N_WORKERS)
    print_head(
        "n",
        "d",
        "K",
        "partitions",
        "s, a process",
        "s, Dask",
        "speed",
        "KB",
        "KB, no client",
        "bound",
    )
    means = np.random.default_rng(0).normal(0, 2, (K, D))
    start = mx.Mixture(np.full(K, 1 / K), means, np.tile(np.eye(D), (K, 1, 1)))
    settings = {"n_workers": N_WORKERS, "threads_per_worker": 1, "processes": True}
    with LocalCluster(**settings, dashboard_address=None) as cluster, Client(cluster) as client:
        client.run(count_bytes)
        count_bytes()
        for n_partitions in chosen.partitions:
            n = int(chosen.rows)
            chunks = da.empty((n, D), chunks=(-(-n // n_partitions), D)).chunks
            made = da.map_blocks(partial(rows_about_means, means), chunks=chunks, dtype=float)
            X = made.persist()
            wait(X)
            here = np.concatenate([np.array(X.blocks[i].compute()) for i in range(n_partitions)])
            runs = {name: partial(fit, rows, start) for name, rows in (("here", here), ("dask", X))}
            for run in runs.values():
                run(1)
            told = bytes_per_iteration(client, runs["dask"], chosen.iterations)
            times = least(runs, chosen.iterations, chosen.turns)
            cells = [n, D, K, n_partitions, f"{times['here']:.3f}", f"{times['dask']:.3f}"]
            speed = f"{times['here'] / times['dask']:.0%}"
            kilobytes = [f"{n / 1e3:.0f}" for n in (*told, bound(start, n_partitions))]
            print_row([*cells, speed, *kilobytes])


if __name__ == "__main__":
    main()
