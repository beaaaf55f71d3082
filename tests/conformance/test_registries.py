"""Whatever is registered keeps its contract.

These tests run over the registries and name no entry of them, so a new storage, family, start, need
or file format is tested once it is listed. Sources and engines have no registry: a table here says
how to make one of each, and must know all of them.
"""

import inspect
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import multivariate_normal

import mixtura as mx
from mixtura import data as sources
from mixtura import engine as engines
from mixtura.covariance import LAYOUTS, Storage, layout_name
from mixtura.data import ArraySource, Grouped, Resident, Stream
from mixtura.data.arrays import ArrayReader
from mixtura.data.arrow.answers import tables_of
from mixtura.data.arrow.formats import FORMATS
from mixtura.data.arrow.writing import WRITERS, write_table
from mixtura.data.inspection import Inspection
from mixtura.em import STARTS
from mixtura.em.start.labelled import Labelled
from mixtura.em.start.seeding import Seeds
from mixtura.engine import Local
from mixtura.errors import CollapsedComponentsError
from mixtura.family import FAMILIES, Family
from mixtura.moments import NEEDS, Need
from support.strategies import random_mixture

K, D = 3, 4
ROWS = random_mixture(np.random.default_rng(1), "full", K, D, spread=4).sample(150, 2)[0]
LABELS = np.repeat(np.arange(K), 50)
WEIGHTS = np.random.default_rng(3).integers(0, 4, len(ROWS)).astype(float)


def leaves(parent):
    """The classes below `parent` that have none below them."""
    below = parent.__subclasses__()
    return [leaf for child in below for leaf in leaves(child)] if below else [parent]


def test_nothing_is_left_unregistered():
    assert set(leaves(Storage)) == {layout.storage for layout in LAYOUTS.values()}
    assert set(leaves(Family)) == {type(family) for family in FAMILIES.values()}
    assert set(leaves(Need)) == {type(need) for need in NEEDS.values()}
    assert {family.need for family in FAMILIES.values()} <= set(NEEDS.values())
    assert FORMATS.keys() == WRITERS.keys()


def test_what_is_registered_is_documented():
    for names, documented in [
        (LAYOUTS, mx.Mixture.__doc__),
        (FAMILIES, mx.GaussianMixture.__doc__),
        (STARTS, mx.GaussianMixture.__doc__),
    ]:
        assert [name for name in names if f'"{name}"' not in documented] == []


class TestStorages:
    @pytest.fixture(params=LAYOUTS)
    def name(self, request):
        return request.param

    @pytest.fixture(params=[D, 1], ids=["d=4", "d=1"])
    def mixture(self, name, request):
        return random_mixture(np.random.default_rng(0), name, K, request.param)

    def test_shape(self, name, mixture):
        assert mixture.covariances.shape == LAYOUTS[name].shape(K, mixture.n_features)
        assert layout_name(mixture.storage) == mixture.covariance_type == name
        assert len(mixture.storage.covariances) == (1 if mixture.storage.shared else K)

    def test_density(self, mixture):
        """Distances and determinants make up SciPy's density."""
        rows = mixture.sample(40, 0)[0]
        dense = np.broadcast_to(mixture.storage.dense(), (K, rows.shape[1], rows.shape[1]))
        expected = np.transpose(
            [
                multivariate_normal(mean, covariance).logpdf(rows)
                for mean, covariance in zip(mixture.means, dense, strict=True)
            ]
        )
        constants = rows.shape[1] * np.log(2 * np.pi) + mixture.storage.log_det()
        for storage in (mixture.storage, mixture.storage.with_accurate_factors()):
            distances = storage.squared_distances(rows, mixture.means)
            np.testing.assert_allclose(-0.5 * (constants + distances), expected, rtol=1e-10)

    def test_forms_agree(self, mixture):
        """Variances, precisions and their factors belong to the dense matrices."""
        storage, d = mixture.storage, mixture.n_features
        dense = storage.dense()
        kind = {"shared": storage.shared, "n_features": d}
        inverse = type(storage).from_covariances(storage.precisions(), **kind).dense()
        factors = storage.precision_factors()
        np.testing.assert_allclose(storage.variances(), np.diagonal(dense, axis1=1, axis2=2))
        identity = np.broadcast_to(np.eye(d), dense.shape)
        np.testing.assert_allclose(inverse @ dense, identity, atol=1e-10)
        if factors.ndim == 3:
            np.testing.assert_array_equal(factors, np.triu(factors))
            np.testing.assert_allclose(factors @ np.swapaxes(factors, 1, 2), inverse, rtol=1e-10)
        else:
            np.testing.assert_allclose(factors**2, storage.precisions())

    def test_back_from_precisions(self, mixture):
        storage = mixture.storage
        back = type(storage).from_precisions(
            storage.precisions(), shared=storage.shared, n_features=storage.n_features
        )
        rows = mixture.sample(20, 0)[0]
        np.testing.assert_allclose(back.covariances, storage.covariances, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(
            back.squared_distances(rows, mixture.means),
            storage.squared_distances(rows, mixture.means),
            rtol=1e-9,
        )
        assert layout_name(back) == layout_name(storage)

    def test_marginal_and_condition(self, name):
        """They are what the dense matrices say, and of the same kind."""
        storage = random_mixture(np.random.default_rng(0), name, K, D).storage
        dense, kept, given = storage.dense(), np.array([2, 0]), np.array([3, 1])
        block = dense[:, kept[:, None], kept]
        cross, between = dense[:, kept[:, None], given], dense[:, given[:, None], given]
        coefficients, left_over = storage.condition(kept, given)
        expected = cross @ np.linalg.inv(between)
        schur = block - expected @ np.swapaxes(cross, 1, 2)
        np.testing.assert_allclose(storage.marginal(kept).dense(), block)
        np.testing.assert_allclose(coefficients, expected, atol=1e-12)
        np.testing.assert_allclose(left_over.dense(), schur, atol=1e-12)
        assert layout_name(storage.marginal(kept)) == layout_name(left_over) == name
        assert storage.marginal(kept).n_features == left_over.n_features == 2

    def test_draws(self, mixture):
        """As many as asked for, reproducibly, with the covariance of the component."""
        storage, d = mixture.storage, mixture.n_features
        for component in range(K):
            assert storage.draw(component, 0, np.random.default_rng(0)).shape == (0, d)
            draws, again = (
                storage.draw(component, 20_000, np.random.default_rng(0)) for _ in range(2)
            )
            np.testing.assert_array_equal(draws, again)
            covariance = storage.dense()[0 if storage.shared else component]
            deviations = np.sqrt(np.diagonal(covariance))
            error = (np.cov(draws.T).reshape(d, d) - covariance) / np.outer(deviations, deviations)
            assert np.abs(error).max() < 0.05

    def test_collapse_is_told(self, name):
        layout, mixture = LAYOUTS[name], random_mixture(np.random.default_rng(0), name, K, D)
        covariances = np.array(mixture.storage.covariances)
        covariances[-1] *= 0
        with pytest.raises(CollapsedComponentsError) as caught:
            layout.storage.from_covariances(covariances, shared=layout.shared, n_features=D)
        expected = [True] if layout.shared else [False, False, True]
        np.testing.assert_array_equal(caught.value.collapsed, expected)


class TestFamilies:
    @pytest.fixture(params=FAMILIES)
    def name(self, request):
        return request.param

    @pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
    def test_fit(self, name, weights):
        """EM climbs to a proper mixture."""
        fit = mx.GaussianMixture(
            K,
            covariance_type=name,
            responsibilities_init=LABELS,
            reg_covar=0,
            tol=1e-6,
            max_iter=2000,
        ).fit(ROWS, sample_weight=weights)
        assert fit.converged_
        assert np.diff(fit.lower_bounds_).min() > -1e-12
        assert fit.weights_.sum() == pytest.approx(1)
        assert np.isfinite(fit.means_).all()
        assert np.linalg.eigvalsh(fit.mixture_.storage.dense()).min() > 0
        assert fit.mixture_.covariance_type in LAYOUTS
        assert fit.covariances_.shape == LAYOUTS[fit.mixture_.covariance_type].shape(K, D)

    def test_feature_names_go_with_their_columns(self, name):
        """Columns in another order make the same mixture, in that order."""
        names = ["length", "width", "height", "age"]
        frame = pd.DataFrame(ROWS, columns=names)
        settings = {"covariance_type": name, "responsibilities_init": LABELS, "tol": 1e-4}
        fit = mx.GaussianMixture(K, **settings).fit(frame)
        other = mx.GaussianMixture(K, **settings).fit(frame[["age", "width", "length", "height"]])
        back = other.mixture_.marginal(names)
        assert back.feature_names == fit.mixture_.feature_names == tuple(names)
        np.testing.assert_allclose(back.weights, fit.weights_, rtol=1e-9)
        np.testing.assert_allclose(back.means, fit.means_, rtol=1e-9)
        np.testing.assert_allclose(back.covariances, fit.covariances_, rtol=1e-9, atol=1e-11)

    def test_number_of_parameters(self, name):
        """At least one variance, and at most a matrix for each component."""
        family = FAMILIES[name]
        n_covariances = family.n_covariance_parameters(K, D)
        assert 1 <= n_covariances <= K * D * (D + 1) // 2
        assert family.n_parameters(K, D) == K - 1 + K * D + n_covariances
        assert family.n_covariance_parameters(1, 1) == 1


def numbers(proposal):
    if isinstance(proposal, Labelled):
        return proposal.labels
    return proposal.indices if isinstance(proposal, Seeds) else proposal


DRAWS_NOTHING = "hierarchical"


class TestStarts:
    @pytest.fixture(params=STARTS)
    def start(self, request):
        return STARTS[request.param]

    @pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
    @pytest.mark.parametrize("n_components", [1, K])
    @pytest.mark.parametrize("dtype", [np.float64, np.float32])
    def test_proposal(self, start, n_components, weights, dtype):
        """Labels, responsibilities whose rows sum to 1, or one row for each component."""
        proposal = start(ROWS.astype(dtype), n_components, np.random.RandomState(0), weights)
        if isinstance(proposal, Seeds):
            assert proposal.indices.shape == (n_components,)
            assert set(proposal.indices) <= set(range(len(ROWS)))
            return
        if isinstance(proposal, Labelled) or proposal.ndim == 1:
            n_counted = len(ROWS) if weights is None else (weights > 0).sum()
            assert len(numbers(proposal)) in (n_counted, len(ROWS))
            assert set(numbers(proposal)) == set(range(n_components))
            return
        assert proposal.shape == (len(ROWS), n_components)
        assert (proposal >= 0).all()
        np.testing.assert_allclose(proposal.sum(axis=1), 1, rtol=1e-6)
        assert (proposal > 0).any(axis=0).all()

    @pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
    def test_reproducible(self, start, weights):
        first, again, other = (
            numbers(start(ROWS, K, np.random.RandomState(seed), weights)) for seed in (0, 0, 1)
        )
        np.testing.assert_array_equal(first, again)
        assert (first != other).any() == (start is not STARTS[DRAWS_NOTHING])

    def test_rows_of_no_weight_begin_no_component(self, start):
        """Whatever is drawn, each component has some weight."""
        for seed in range(20):
            proposal = start(ROWS, K, np.random.RandomState(seed), WEIGHTS)
            if isinstance(proposal, Seeds):
                assert (WEIGHTS[proposal.indices] > 0).all()
                continue
            if isinstance(proposal, Labelled):
                assert (WEIGHTS[proposal.sample.indices] > 0).all()
                continue
            if proposal.ndim == 1:
                proposal = proposal[:, None] == np.arange(K)
            assert (WEIGHTS @ proposal > 0).all()

    def test_in_a_fit(self, start):
        name = next(name for name, listed in STARTS.items() if listed is start)
        fits = [mx.GaussianMixture(K, init_params=name, random_state=5).fit(ROWS) for _ in range(2)]
        np.testing.assert_array_equal(*(fit.means_ for fit in fits))
        assert fits[0].score(ROWS) > mx.GaussianMixture().fit(ROWS).score(ROWS)


class TestNeeds:
    @pytest.fixture(params=NEEDS)
    def need(self, request):
        return NEEDS[request.param]

    @pytest.fixture
    def vectors(self):
        return np.random.default_rng(0).standard_normal((3, K, D))

    def test_outer_is_bilinear_and_symmetric(self, need, vectors):
        a, b, c = vectors
        np.testing.assert_allclose(need.outer(a, b), need.outer(b, a))
        np.testing.assert_allclose(
            need.outer(2 * a + c, b), 2 * need.outer(a, b) + need.outer(c, b), atol=1e-14
        )

    def test_scatter_is_a_sum_of_outer_products(self, need):
        rng = np.random.default_rng(1)
        residuals, responsibilities = rng.standard_normal((K, 6, D)), rng.uniform(size=(6, K))
        expected = sum(
            need.outer(responsibilities[i][:, None] * residuals[:, i], residuals[:, i])
            for i in range(6)
        )
        np.testing.assert_allclose(need.scatter(residuals, responsibilities), expected)

    def test_diagonal(self, need):
        variances = np.random.default_rng(2).uniform(size=(K, D))
        units = [np.tile(unit, (K, 1)) for unit in np.eye(D)]
        expected = sum(need.outer(variances * unit, unit) for unit in units)
        np.testing.assert_allclose(need.diagonal(variances), expected)

    def test_variances_and_longest_axis(self, need, vectors):
        """The variances add up to the squared lengths, and the longest axis has the largest."""
        scatter = sum(need.outer(a, a) for a in vectors)
        variances = need.variance_sums(scatter, D)
        assert variances.sum() == pytest.approx((vectors**2).sum())
        assert len(variances) == (1 if need.pooled else K)
        for component in range(K):
            axis = need.longest_axis(scatter, component, np.ones(D))
            assert axis @ axis >= variances[0 if need.pooled else component].max() * (1 - 1e-12)


SOURCES = {
    "ArraySource": lambda rows, weights: ArraySource(rows, weights, block_rows=7),
    "Grouped": lambda rows, weights: Grouped(
        ArraySource(rows, weights, block_rows=7),
        sizes=(5, len(rows) - 5),
        components=(np.array([1]), None),
    ),
    "Stream": lambda rows, weights: inspected(
        Stream(ArrayReader.of([rows[:50], rows[50:]], batch_rows=7), None, weights)
    ),
}
ENGINES = {"Local": (Local, tuple(SOURCES))}
"""Each with the sources that it runs over."""

if find_spec("dask"):
    import dask.array as da

    from mixtura.engine.dask import Dask, DaskRows

    SOURCES["Partitions"] = lambda rows, weights: DaskRows.of(
        da.from_array(rows, chunks=(7, 2))
    ).counted(weights)[0]
    ENGINES["Dask"] = Dask, ("Partitions",)

OPTIONAL = {"Partitions", "Dask"}


def inspected(stream):
    return stream.inspected(Local().sum(Inspection.of, stream))


def resident(names):
    return [name for name in names if isinstance(SOURCES[name](ROWS, WEIGHTS), Resident)]


def test_every_source_and_engine_is_made_here():
    for package, made, others in [
        (sources, SOURCES, {"Source", "Resident", "Scan"}),
        (engines, ENGINES, {"Engine", "Collection", "Scanned"}),
    ]:
        offered = {name for name in package.__all__ if inspect.isclass(getattr(package, name))}
        assert offered - others == made.keys() - OPTIONAL


class TestSources:
    @pytest.fixture(params=SOURCES)
    def source(self, request):
        return SOURCES[request.param](ROWS, WEIGHTS)

    def test_blocks_are_the_rows_in_order_every_time(self, source):
        assert (source.n_rows, source.n_features) == ROWS.shape
        for _ in range(2):
            blocks = list(source)
            assert len(blocks) > 1
            np.testing.assert_array_equal(np.concatenate([b.rows for b in blocks]), ROWS)
            np.testing.assert_array_equal(np.concatenate([b.weights for b in blocks]), WEIGHTS)
            starts = [block.start for block in blocks]
            assert starts == [0, *np.cumsum([len(block.rows) for block in blocks])[:-1]]

    @pytest.mark.parametrize("name", resident(SOURCES))
    def test_take(self, name):
        source = SOURCES[name](ROWS, WEIGHTS)
        for chosen in (np.array([3, 4, 140]), slice(5, 9), slice(None)):
            rows, weights = source.take(chosen)
            np.testing.assert_array_equal(rows, ROWS[chosen])
            np.testing.assert_array_equal(weights, WEIGHTS[chosen])

    @pytest.mark.parametrize("name", resident(SOURCES))
    def test_columns_go_with_their_rows(self, name):
        source = SOURCES[name](ROWS, WEIGHTS)
        wide = source.with_columns(label=LABELS).with_columns(square=ROWS**2)
        for block in wide:
            own = slice(block.start, block.start + len(block.rows))
            np.testing.assert_array_equal(block.columns["label"], LABELS[own])
            np.testing.assert_array_equal(block.columns["square"], block.rows**2)
        assert not any(block.columns for block in source)


class TestEngines:
    @pytest.fixture(
        params=[(engine, source) for engine, (_, own) in ENGINES.items() for source in own],
        ids="-".join,
    )
    def names(self, request):
        return request.param

    @pytest.fixture
    def engine(self, names):
        return ENGINES[names[0]][0]()

    @pytest.fixture
    def source(self, names):
        return SOURCES[names[1]](ROWS, WEIGHTS)

    def test_sum(self, engine, source):
        total = engine.sum(lambda block: block.weights @ block.rows, source)
        np.testing.assert_allclose(total, WEIGHTS @ ROWS)

    def test_map(self, engine, source):
        np.testing.assert_array_equal(engine.map(lambda rows: rows[:, 0], source), ROWS[:, 0])

    def test_sample(self, engine, source):
        """Some rows in order, the same for the same seed, and all where more are asked for.

        Their weights are those that they have, where these are more than others stand for.
        """
        (rows, weights), again = (
            engine.sample(source, 20, np.random.RandomState(0)) for _ in range(2)
        )
        places = [np.flatnonzero((row == ROWS).all(axis=1))[0] for row in rows]
        assert len(set(places)) == 20
        assert places == sorted(places)
        assert (np.diff(weights[np.argsort(WEIGHTS[places], kind="stable")]) >= 0).all()
        assert weights.sum() == pytest.approx(WEIGHTS[places].sum())
        np.testing.assert_array_equal(rows, again[0])
        everything, own = engine.sample(source, 10**6, np.random.RandomState(0))
        counted = own > 0
        np.testing.assert_array_equal(everything[counted], ROWS[WEIGHTS > 0])
        np.testing.assert_array_equal(own[counted], WEIGHTS[WEIGHTS > 0])


@pytest.mark.parametrize("suffix", FORMATS)
def test_tables_come_back_from_files(suffix, tmp_path):
    table = pa.table({"a": ROWS[:, 0], "b": LABELS, "c": [f"row {i}" for i in range(len(ROWS))]})
    write_table(table, tmp_path / f"rows{suffix}")
    (back,) = tables_of(mx.scan(tmp_path / f"rows{suffix}").reader)
    assert back.column_names == ["a", "b", "c"]
    np.testing.assert_array_equal(back.column("a").to_numpy(), ROWS[:, 0])
    np.testing.assert_array_equal(back.column("b").to_numpy(), LABELS)
