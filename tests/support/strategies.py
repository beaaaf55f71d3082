"""Random mixtures, rows, responsibilities and weights.

Hypothesis draws sizes and a seed, and NumPy builds the arrays from them: that is fast, and a
failing example is told by a few numbers.
"""

import numpy as np
from hypothesis import strategies as st

import mixtura as mx
from mixtura.covariance import LAYOUTS
from mixtura.family import FAMILIES
from mixtura.moments import NEEDS
from support.letters import LETTERS, in_layout, random_dense

generators = st.integers(0, 2**32 - 1).map(np.random.default_rng)
layouts = st.sampled_from(sorted(LAYOUTS))
families = st.sampled_from(sorted(FAMILIES))
needs = st.sampled_from(sorted(NEEDS)).map(NEEDS.__getitem__)


def random_orthogonal(rng, d):
    """A rotation or reflection (d, d), uniformly drawn."""
    q, r = np.linalg.qr(rng.standard_normal((d, d)))
    return q * np.sign(np.diagonal(r))


def random_spectrum(rng, d, condition):
    """d positive numbers around 1; for d > 1 the largest is `condition` times the smallest."""
    exponents = rng.uniform(-0.5, 0.5, d)
    if d > 1:
        exponents[:2] = -0.5, 0.5
    return condition ** rng.permutation(exponents)


def random_matrix(rng, d, condition):
    """A positive definite matrix (d, d)."""
    axes = random_orthogonal(rng, d)
    matrix = (axes * random_spectrum(rng, d, condition)) @ axes.T
    return (matrix + matrix.T) / 2


def layout_of(name):
    """A layout by its own name, or by that of a family."""
    return FAMILIES[name].layout if name in FAMILIES else name


def random_covariances(rng, name, n_components, d, condition):
    """Covariances around 1, of a family or a layout; `condition` spreads spherical ones too."""
    layout = layout_of(name)
    if name in LETTERS and name not in LAYOUTS:
        return in_layout(random_dense(rng, name, n_components, d, condition), layout)
    shape = LAYOUTS[layout].shape(n_components, d)
    if layout == "tied":
        return random_matrix(rng, d, condition)
    if len(shape) == 3:
        return np.stack([random_matrix(rng, d, condition) for _ in range(shape[0])])
    if layout.endswith("diag"):
        return np.stack([random_spectrum(rng, d, condition) for _ in range(shape[0])])
    return random_spectrum(rng, *shape, condition)


def random_weights(rng, n_components):
    """Weights that sum to 1, none tiny."""
    weights = rng.uniform(0.2, 1, n_components)
    return weights / weights.sum()


def random_mixture(
    rng, name, n_components, d, *, condition=10.0, offset=0.0, scale=1.0, spread=3.0
):
    """A mixture whose means lie about `spread` around `offset`; all lengths times `scale`.

    Its covariances are of the family or layout of that name.
    """
    means = offset + spread * rng.standard_normal((n_components, d))
    covariances = random_covariances(rng, name, n_components, d, condition)
    return mx.Mixture(
        random_weights(rng, n_components),
        scale * means,
        scale**2 * covariances,
        covariance_type=layout_of(name),
    )


def nearby(rng, mixture, amount=0.3):
    """Another mixture of the same family: a start from which a fit has something to do."""
    deviations = np.sqrt(mixture.storage.variances())
    return mx.Mixture(
        random_weights(rng, mixture.n_components),
        mixture.means + amount * deviations * rng.standard_normal(mixture.means.shape),
        mixture.covariances * (1 + amount),
        covariance_type=mixture.covariance_type,
    )


def mapped(mixture, A, b):
    """The distribution of A x + b."""
    covariances = in_layout(A @ mixture.storage.dense() @ A.T, mixture.covariance_type)
    means = mixture.means @ A.T + b
    return mx.Mixture(mixture.weights, means, covariances, covariance_type=mixture.covariance_type)


def rows_at(rng, mixture, distances):
    """Rows at Mahalanobis distances from means, along random directions and all principal axes."""
    shape = mixture.n_components, mixture.n_features, mixture.n_features
    spreads, axes = np.linalg.eigh(np.broadcast_to(mixture.storage.dense(), shape))
    components = rng.integers(mixture.n_components, size=len(distances))
    directions = rng.standard_normal((len(distances), mixture.n_features))
    directions[::2] = np.resize(np.eye(mixture.n_features), directions[::2].shape)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    residuals = (axes * np.sqrt(spreads)[:, None, :])[components] @ directions[:, :, None]
    return mixture.means[components] + distances[:, None] * residuals[:, :, 0]


def with_holes(rng, rows, share=0.3):
    """The rows without a share of their entries, removed at random; the first row keeps all."""
    removed = rng.random(rows.shape) < share
    removed[0] = False
    return np.where(removed, np.nan, rows).astype(rows.dtype)


def random_responsibilities(rng, n_rows, n_components, concentration=1.0):
    """Rows (n, K) that sum to 1; the smaller the concentration, the more certain."""
    shares = rng.dirichlet(np.full(n_components, concentration), n_rows) + 1e-12
    return shares / shares.sum(axis=1, keepdims=True)


COMPONENTS = st.integers(1, 4)
FEATURES = st.integers(1, 5)
CONDITIONS = st.sampled_from([1.0, 10.0, 1e4])
OFFSETS = st.sampled_from([0.0, 1e3])
SCALES = st.sampled_from([1e-3, 1.0, 1e3])
ROWS = st.integers(1, 50)


@st.composite
def mixtures(
    draw,
    layouts=layouts,
    n_components=COMPONENTS,
    n_features=FEATURES,
    conditions=CONDITIONS,
    offsets=OFFSETS,
    scales=SCALES,
):
    """Mixtures of every layout."""
    return random_mixture(
        draw(generators),
        draw(layouts),
        draw(n_components),
        draw(n_features),
        condition=draw(conditions),
        offset=draw(offsets),
        scale=draw(scales),
    )


@st.composite
def samples(draw, mixture, n_rows=ROWS):
    """Rows drawn from a mixture, in random order."""
    rng = draw(generators)
    return rng.permutation(mixture.sample(draw(n_rows), rng)[0])


@st.composite
def sample_weights(draw, n_rows):
    """None, whole numbers with zeros, or positive numbers of any size."""
    rng = draw(generators)
    kind = draw(st.sampled_from(["none", "counts", "real"]))
    if kind == "none":
        return None
    return rng.integers(0, 4, n_rows) * 1.0 if kind == "counts" else rng.lognormal(0, 2, n_rows)
