"""The compiled kernel gives what the formulas over the Array API give, on every instruction set.

The formulas are its reference: they run where MIXTURA_ISA is "none".
"""

import signal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import mixtura as mx
from mixtura import _kernel, _machine
from mixtura.covariance import LAYOUTS
from mixtura.distribution import posterior
from mixtura.moments import NEEDS, Projected, collect_assigned, expect
from mixtura.typing import Block
from support.interrupt import output_when_interrupted
from support.problems import assert_moments_close, problem
from support.strategies import random_mixture

if not _machine.instruction_sets():
    pytest.skip("Mixtura was installed without a compiler.", allow_module_level=True)

ISAS = _machine.instruction_sets()
SIZES = [(1, 1, 1), (5, 2, 3), (257, 3, 2), (500, 1, 4), (2049, 7, 5), (700, 13, 3), (300, 70, 2)]

every_isa = pytest.mark.parametrize("isa", ISAS)
every_layout = pytest.mark.parametrize("layout", LAYOUTS)
every_size = pytest.mark.parametrize("size", SIZES, ids=str)


def many_components(layout, n, d, n_components, spread, seed=0):
    """Clusters so far apart that few components matter for a row, or so near that all do."""
    mixture, _, weights = problem(layout, n, d, n_components, seed=seed)
    rng = np.random.default_rng(seed)
    means = rng.normal(0, spread, mixture.means.shape)
    mixture = mx.Mixture.of(mixture.weights, means, mixture.storage)
    return mixture, mixture.sample(n, rng)[0], weights


@every_isa
@every_layout
@every_size
@pytest.mark.parametrize("offset", [0, 1e8])
def test_moments(using, isa, layout, size, offset):
    mixture, rows, weights = problem(layout, *size, offset=offset)
    for need in NEEDS.values():
        for block in (Block(rows), Block(rows, weights)):
            using("none")
            reference = expect(mixture, need, block)
            using(isa)
            assert_moments_close(expect(mixture, need, block), reference)


@every_isa
@every_layout
@every_size
def test_answers(using, isa, layout, size):
    mixture, rows, _ = problem(layout, *size)
    for formula in (
        posterior.log_density,
        posterior.responsibilities,
        posterior.labels,
        posterior.log_certainty,
    ):
        using("none")
        reference = formula(mixture, rows)
        using(isa)
        ours = formula(mixture, rows)
        assert ours.dtype == reference.dtype
        np.testing.assert_allclose(ours, reference, rtol=1e-12, atol=1e-13)


@every_isa
@every_layout
@pytest.mark.parametrize("spread", [0.01, 1, 5, 1e6])
@pytest.mark.parametrize("size", [(2500, 30, 9), (1502, 10, 40)], ids=str)
def test_components_that_do_not_matter(using, isa, layout, spread, size):
    """Pairs of a row and a component that weigh nothing are dropped, and nothing else is.

    Among the rows are some between the clusters, some far from all, and some nowhere.
    """
    mixture, rows, weights = many_components(layout, *size, spread)
    rows[::50] = (rows[::50] + rows[1::50][: len(rows[::50])]) / 2
    rows[7], rows[77], weights[5] = 1e6 * spread, 1e200, 0
    far = Block(np.delete(rows, 77, axis=0), np.delete(weights, 77))
    for need in NEEDS.values():
        using("none")
        reference = expect(mixture, need, far)
        using(isa)
        assert_moments_close(expect(mixture, need, far), reference)
    for formula in (posterior.log_density, posterior.labels, posterior.log_certainty):
        using("none")
        reference = formula(mixture, rows)
        using(isa)
        np.testing.assert_allclose(formula(mixture, rows), reference, rtol=1e-12, atol=1e-11)


def test_starts_that_are_no_mixtures_are_refused():
    mixture, rows, _ = problem("full", 20, 2, 3)
    stopping = _kernel.Stopping(0, 1, 1, -np.inf, False)
    for n_components, sharing, d in [(2, "nothing", 2), (3, "covariance", 2), (3, "nothing", 3)]:
        with pytest.raises(ValueError, match="no mixtures of"):
            _kernel.climb(
                rows,
                None,
                posterior.kernel_parameters(mixture),
                n_components=n_components,
                sharing=sharing,
                reg_covar=np.zeros(d),
                stopping=stopping,
            )


@every_isa
@every_layout
@pytest.mark.parametrize("spread", [0.5, 5])
@pytest.mark.parametrize("offset", [0, 1e3])
@pytest.mark.parametrize("size", [(3000, 3, 3), (2500, 30, 9), (1502, 10, 40)], ids=str)
def test_float32_arithmetic(using, isa, layout, spread, offset, size):
    mixture, rows, weights = many_components(layout, *size, spread)
    mixture = mx.Mixture.of(mixture.weights, mixture.means + offset, mixture.storage)
    rows = (rows + offset).astype(np.float32)
    using(isa)
    for need in NEEDS.values():
        parameters = posterior.kernel_parameters(mixture)
        arguments = rows, weights, parameters, need.name, mixture.means
        counts, sums, scatter, log_likelihood = _kernel.expect(*arguments)
        single = _kernel.expect(*arguments, single=True)
        scale = np.sqrt(mixture.storage.variances().max())
        assert np.abs(single[0] - counts).max() <= 1e-4 * counts.max()
        assert np.abs(single[1] - sums).max() <= 1e-4 * counts.max() * scale
        assert np.abs(single[2] - scatter).max() <= 1e-4 * np.abs(scatter).max()
        assert abs(single[3] - log_likelihood) <= 1e-5 * abs(log_likelihood)


@every_isa
@pytest.mark.parametrize("need", NEEDS)
@pytest.mark.parametrize("soft", [False, True])
def test_assigned_rows(using, isa, need, soft):
    mixture, rows, weights = problem("full", 1000, 5, 3)
    responsibilities = mixture.responsibilities(rows)
    assignment = responsibilities if soft else responsibilities.argmax(axis=1)
    block = Block(rows, weights)
    using("none")
    reference = collect_assigned(block, assignment, mixture.means, NEEDS[need])
    using(isa)
    assert_moments_close(
        collect_assigned(block, assignment, mixture.means, NEEDS[need]), reference, 1e-13
    )


def factors(n, d, q, n_components, shared, offset=0.0):
    rng = np.random.default_rng(0)
    stored = 1 if shared else n_components
    mixture = mx.Mixture.from_factors(
        rng.dirichlet(np.ones(n_components)),
        offset + rng.normal(0, 2, (n_components, d)),
        rng.normal(size=(stored, d, q)),
        rng.uniform(0.1, 2, (stored, d)),
        shared=shared,
    )
    return mixture, mixture.sample(n, rng)[0], rng.uniform(0, 2, n)


@every_isa
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("q", [0, 1, 2, 5, 7, 13])
@pytest.mark.parametrize("size", [(1, 14, 1), (300, 70, 2), (700, 15, 9)], ids=str)
@pytest.mark.parametrize("offset", [0, 1e8])
def test_factor_analyzers(using, isa, shared, pooled, q, size, offset):
    """Densities of few factors, and moments projected onto them, mixed or assigned."""
    n, d, n_components = size
    mixture, rows, weights = factors(n, d, q, n_components, shared, offset)
    storage = mixture.storage
    need = Projected(storage.projections(), storage, pooled)
    labels = np.arange(n) % n_components
    for block in (Block(rows), Block(rows, weights)):
        using("none")
        reference = expect(mixture, need, block)
        assigned = collect_assigned(block, labels, mixture.means, need)
        using(isa)
        assert_moments_close(expect(mixture, need, block), reference)
        assert_moments_close(collect_assigned(block, labels, mixture.means, need), assigned)
    for formula in (posterior.log_density, posterior.responsibilities):
        using("none")
        reference = formula(mixture, rows)
        using(isa)
        np.testing.assert_allclose(formula(mixture, rows), reference, rtol=1e-12, atol=1e-13)


@every_isa
def test_factor_analyzers_on_threads(using, isa):
    mixture, rows, weights = factors(20_000, 9, 3, 4, shared=False)
    need = Projected(mixture.storage.projections(), mixture.storage)
    results = []
    for n_threads in (1, 2, 7):
        using(isa, n_threads)
        results.append(expect(mixture, need, Block(rows, weights)))
    for other in results[1:]:
        for name in ("counts", "sums", "scatter", "log_likelihood"):
            np.testing.assert_array_equal(getattr(other, name), getattr(results[0], name))


LAYOUTS_OF_MEMORY = {
    "fortran": np.asfortranarray,
    "reversed": lambda X: X[::-1, ::-1][::-1, ::-1],
    "strided": lambda X: np.repeat(np.repeat(X, 2, axis=0), 3, axis=1)[::2, ::3],
    "read-only": lambda X: np.frombuffer(X.tobytes(), dtype=X.dtype).reshape(X.shape),
    "unaligned": lambda X: np.frombuffer(b"?" + X.tobytes(), X.dtype, offset=1).reshape(X.shape),
    "swapped": lambda X: X.astype(X.dtype.newbyteorder()),
}


@every_isa
@pytest.mark.parametrize("memory", LAYOUTS_OF_MEMORY)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_any_strides_and_memory(using, isa, memory, dtype):
    mixture, rows, _ = problem("full", 300, 4, 2)
    rows = rows.astype(dtype)
    laid = LAYOUTS_OF_MEMORY[memory](rows)
    np.testing.assert_array_equal(laid, rows)
    using("none")
    reference = expect(mixture, NEEDS["full"], Block(rows.astype(np.float64)))
    using(isa)
    assert_moments_close(expect(mixture, NEEDS["full"], Block(laid)), reference)


@every_isa
def test_a_memory_map(using, isa, tmp_path):
    mixture, rows, _ = problem("diag", 300, 4, 2)
    rows.tofile(tmp_path / "rows")
    mapped = np.memmap(tmp_path / "rows", dtype=np.float64, mode="r", shape=rows.shape)
    using(isa)
    in_memory = expect(mixture, NEEDS["diagonal"], Block(rows))
    np.testing.assert_array_equal(
        expect(mixture, NEEDS["diagonal"], Block(mapped)).scatter, in_memory.scatter
    )


@every_isa
@every_layout
def test_any_number_of_threads_gives_the_same_bits(using, isa, layout):
    mixture, rows, weights = problem(layout, 30_000, 6, 4)
    results = []
    for n_threads in (1, 2, 3, 7):
        using(isa, n_threads)
        results.append(expect(mixture, NEEDS["full"], Block(rows, weights)))
    for other in results[1:]:
        for name in ("counts", "sums", "scatter", "log_likelihood"):
            np.testing.assert_array_equal(getattr(other, name), getattr(results[0], name))


@every_isa
@every_layout
def test_rows_that_are_nowhere(using, isa, layout):
    mixture, rows, weights = problem(layout, 10, 3, 2)
    rows[3] = 1e200
    rows[5] = 1e6
    for formula in (posterior.log_density, posterior.responsibilities, posterior.log_certainty):
        using("none")
        reference = formula(mixture, rows)
        using(isa)
        np.testing.assert_allclose(formula(mixture, rows), reference, rtol=1e-12, atol=1e-14)
    weights[3] = 0  # a row without weight does not count, even where its density is 0
    assert np.isfinite(expect(mixture, NEEDS["trace"], Block(rows, weights)).log_likelihood)


@every_isa
@given(
    values=arrays(np.float64, (7, 2), elements=st.floats(-30, 30)),
    n=st.integers(0, 7),
)
def test_small_shapes(isa, values, n):
    mixture = mx.Mixture([0.3, 0.7], [[0, 1], [2, 3]], [[[2, 1], [1, 2]], [[1, 0], [0, 3]]])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIXTURA_ISA", "none")
        reference = expect(mixture, NEEDS["full"], Block(values[:n]))
        patch.setenv("MIXTURA_ISA", isa)
        assert_moments_close(expect(mixture, NEEDS["full"], Block(values[:n])), reference)


def test_the_environment_is_looked_at_once_within_a_with_block(using):
    using(ISAS[0], n_threads=3)
    with _machine.threads(None):
        using("none", n_threads=5)
        assert _machine.machine() == (ISAS[0], 3)
        with _machine.threads(2):
            assert _machine.machine() == (ISAS[0], 2)
        assert _machine.machine() == (ISAS[0], 3)
    assert _machine.machine() == ("none", 5)


def test_an_unknown_instruction_set_is_refused(using):
    using("mmx")
    with pytest.raises(ValueError, match=r"MIXTURA_ISA must be one of .*, not mmx"):
        mx.GaussianMixture().fit([[0.0], [1.0]])


def test_without_the_kernel_it_says_so_once(monkeypatch):
    monkeypatch.setattr(_machine, "native", None)
    monkeypatch.delenv("MIXTURA_ISA", raising=False)
    _machine._warn_once.cache_clear()
    with pytest.warns(RuntimeWarning, match="without its compiled kernel"):
        mx.GaussianMixture().fit([[0.0], [1.0]])
    mx.GaussianMixture().fit([[0.0], [1.0]])


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals are POSIX's")
def test_a_pass_can_be_interrupted():
    code = """
import numpy as np, mixtura as mx
X = np.random.default_rng(0).normal(size=(400_000, 60))
m = mx.Mixture(np.full(400, 1 / 400), X[:400], [np.eye(60)] * 400)
print("begun", flush=True)
try:
    m.log_prob(X)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""
    assert output_when_interrupted(code, timeout=20) == "interrupted\n"


@pytest.mark.parametrize(("table", "kind"), [("STORAGES", "low_rank"), ("NEEDS", "projected")])
def test_what_the_kernel_does_not_know_takes_the_formulas(monkeypatch, table, kind):
    """So that a new storage or need works before it is compiled."""
    rng = np.random.default_rng(0)
    mixture = random_mixture(rng, "factor", 2, 5)
    rows = mixture.sample(200, rng)[0]

    def found():
        fit = mx.GaussianMixture(2, covariance_type="factor", mixture_init=mixture).fit(rows)
        return fit.lower_bound_, fit.score_samples(rows), mixture.log_prob(rows)

    compiled = found()
    monkeypatch.delitem(getattr(_kernel, table), kind)
    for formula, pass_ in zip(found(), compiled, strict=True):
        np.testing.assert_allclose(formula, pass_, rtol=1e-9)


@every_isa
def test_lanes_without_a_row_do_not_count(using, isa):
    # Lanes are filled up with zeros, here infinitely far from every component.
    mixture = mx.Mixture([0.5, 0.5], [[1e200, 1e200], [2e200, 1e200]], [1e80] * 2,
                         covariance_type="spherical")  # fmt: skip
    rows = np.full((3, 2), 1e200)
    using(isa)
    ours = expect(mixture, NEEDS["diagonal"], Block(rows))
    assert ours.counts.sum() == pytest.approx(3)
    assert np.isfinite(ours.sums).all()


@every_isa
@pytest.mark.parametrize("spread", [1, 300, 1e6])
@pytest.mark.parametrize("size", [(5, 4), (20, 30)], ids=str)
def test_the_shared_scatter_of_clusters_far_apart(using, isa, spread, size):
    """It is of deviations within clusters, and keeps its digits however far these lie apart."""
    n_components, d = size
    mixture, _, _ = many_components("tied", 10, d, n_components, spread)
    rows, labels = mixture.sample(2000, np.random.default_rng(0))
    residuals = rows[:, None, :].astype(np.longdouble) - mixture.means
    weights = mixture.responsibilities(rows) if spread == 1 else np.eye(n_components)[labels]
    expected = np.einsum("nk,nki,nkj->ij", weights, residuals, residuals)
    using(isa)
    scatter = expect(mixture, NEEDS["pooled"], Block(rows)).scatter
    deviations = np.sqrt(np.diag(expected))
    assert np.abs((scatter - expected) / np.outer(deviations, deviations)).max() < 1e-12
