"""A fit that was cut off goes on to the same bits, and another one is refused."""

from itertools import count

import numpy as np
import pytest

import mixtura as mx
from mixtura.em import watching
from mixtura.em.checkpoint import keeper
from mixtura.em.checkpoint.folder import Folder
from mixtura.family import FAMILIES
from support.problems import Recorder

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::mixtura.DegenerateComponentWarning"),
]

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(300, 3)) + 1.5 * (np.arange(300) % 4)[:, None]
WITH_NAN = np.where(RNG.random(ROWS.shape) < 0.1, np.nan, ROWS)
WEIGHTS = RNG.uniform(0, 2, 300)


class Killed(BaseException):
    """What no one catches."""


@pytest.fixture
def checkpoints(monkeypatch):
    """Every state is written; `checkpoints(n)` kills each fit after n writes."""
    monkeypatch.setattr(keeper, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(keeper, "SHARE", np.inf)
    monkeypatch.setattr("os.fsync", lambda _: None)
    write = Folder.write

    def kill_after(n):
        written = count(1)

        def write_and_die(folder, record):
            write(folder, record)
            if next(written) % n == 0:
                raise Killed

        monkeypatch.setattr(Folder, "write", write_and_die)

    return kill_after


def lives(folder, rows, weights, **settings):
    """The fit in the end, and how often it was killed until then."""
    for n_kills in count():
        try:
            gm = mx.GaussianMixture(checkpoint=folder, **settings)
            return gm.fit(rows, sample_weight=weights), n_kills
        except Killed:
            pass
    raise AssertionError


def assert_same(one, other):
    assert one.fit_record() == other.fit_record()
    for name in ("weights", "means", "covariances"):
        np.testing.assert_array_equal(getattr(one.mixture_, name), getattr(other.mixture_, name))
    np.testing.assert_array_equal(one.mixture_.storage.factors(), other.mixture_.storage.factors())


@pytest.mark.parametrize("accelerate", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_goes_on_to_the_same_bits(family, accelerate, checkpoints, tmp_path):
    rows = WITH_NAN[:, : 1 if family in {"E", "V"} else 3]
    settings = {
        "n_components": 3,
        "covariance_type": family,
        "accelerate": accelerate,
        "max_iter": 10,
        "tol": 0,
        "random_state": 0,
    }
    checkpoints(2)
    gm, n_kills = lives(tmp_path, rows, WEIGHTS, **settings)
    assert n_kills >= (3 if accelerate else 9)
    assert_same(gm, mx.GaussianMixture(**settings).fit(rows, sample_weight=WEIGHTS))


@pytest.mark.parametrize(
    "settings",
    [
        {"n_init": 3},
        {"n_init": 3, "accelerate": True},
        {"prior": "default", "n_init": 2},
        {"reg_covar": "auto", "stopping": "aitken"},
        {"equal_weights": True, "init_params": "random"},
        {"fixed": "means", "means_init": ROWS[:4]},
        {"init_params": "search", "effort": "fast"},
        {"responsibilities_init": np.arange(300) % 4},
        {"mixture_init": mx.Mixture([0.25] * 4, ROWS[:4], [np.eye(3)] * 4)},
        {"init_params": lambda rows, rng: rng.randint(4, size=len(rows)), "n_init": 2},
        {"max_iter": 0, "n_init": 2},
    ],
    ids=lambda settings: ", ".join(settings),
)
@pytest.mark.parametrize("n", [1, 2, 5])
def test_every_setting_goes_on_to_the_same_bits(settings, n, checkpoints, tmp_path):
    settings = {"n_components": 4, "max_iter": 6, "random_state": 1} | settings
    whole = mx.GaussianMixture(**settings).fit(ROWS)
    checkpoints(n + 1)
    assert_same(lives(tmp_path, ROWS, None, **settings)[0], whole)


def test_repairs_are_remembered(checkpoints, tmp_path):
    rows = np.concatenate([ROWS, np.repeat(ROWS[:1] + 50, 20, axis=0)])
    settings = {"n_components": 3, "reg_covar": 0, "random_state": 0, "max_iter": 6, "tol": 0}
    labels = np.where(np.arange(320) < 300, np.arange(320) % 2, 2)
    whole = mx.GaussianMixture(responsibilities_init=labels, **settings).fit(rows)
    assert whole.history_[0].repairs
    checkpoints(2)
    gm, n_kills = lives(tmp_path, rows, None, responsibilities_init=labels, **settings)
    assert n_kills > 1
    assert_same(gm, whole)


def test_without_a_seed_one_is_drawn_and_kept(checkpoints, tmp_path):
    settings = {"n_components": 4, "n_init": 3, "max_iter": 4, "init_params": "random"}
    checkpoints(2)
    gm, n_kills = lives(tmp_path, ROWS, None, **settings)
    assert n_kills > 3
    again = mx.GaussianMixture(checkpoint=tmp_path, **settings).fit(ROWS)
    assert_same(gm, again)
    apart = mx.GaussianMixture(checkpoint=tmp_path / "other", **settings)
    checkpoints(1000)
    assert not np.array_equal(apart.fit(ROWS).means_, gm.means_)


def test_a_generator_goes_on_where_the_fit_left_it(checkpoints, tmp_path):
    settings = {"n_components": 4, "n_init": 3, "max_iter": 4, "init_params": "random"}
    rng = np.random.RandomState(5)
    whole = mx.GaussianMixture(random_state=rng, **settings).fit(ROWS)
    expected = rng.random_sample()
    checkpoints(3)
    for _ in range(100):
        rng = np.random.RandomState(5)  # as the same program makes it again
        try:
            gm = mx.GaussianMixture(random_state=rng, checkpoint=tmp_path, **settings).fit(ROWS)
            break
        except Killed:
            pass
    assert_same(gm, whole)
    assert rng.random_sample() == expected


def test_a_fit_that_has_ended_is_not_run_again(tmp_path):
    settings = {"n_components": 3, "random_state": 0, "checkpoint": tmp_path}
    first = mx.GaussianMixture(**settings).fit(ROWS)
    recorder = Recorder()
    with watching(recorder):
        assert_same(mx.GaussianMixture(**settings).fit(ROWS), first)
    assert recorder.iterations == recorder.begun == []
    assert recorder.resumptions == [(1, 1, 0)]


def test_watchers_are_told_where_a_fit_goes_on(checkpoints, tmp_path, capsys):
    settings = {"n_components": 3, "random_state": 0, "checkpoint": tmp_path, "max_iter": 20}
    checkpoints(6)
    with pytest.raises(Killed):
        mx.GaussianMixture(**settings).fit(ROWS)
    checkpoints(1000)
    recorder = Recorder()
    with watching(recorder):
        mx.GaussianMixture(verbose=1, **settings).fit(ROWS)
    assert recorder.resumptions == [(0, 1, 4)]
    assert recorder.iterations[0][0] == 5
    assert capsys.readouterr().out.startswith("Initialization 0 goes on from iteration 4.\n")


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"n_components": 4}, "n_components was 3 and is 4 now"),
        ({"covariance_type": "diag"}, "covariance_type was 'full' and is 'diag' now"),
        ({"random_state": 1}, "random_state was 0 and is 1 now"),
        ({"reg_covar": 1e-3}, "reg_covar was 1e-06 and is 0.001 now"),
        ({"prior": mx.Prior()}, "prior has changed"),
        ({"means_init": ROWS[:3]}, "means_init has changed"),
        ({"max_iter": 50}, "max_iter and n_init are not smaller"),
        ({"tol": 1e-2}, "tol is not larger"),
    ],
)
def test_another_fit_is_refused_and_what_is_kept_stays(other, sentence, tmp_path):
    settings = {"n_components": 3, "random_state": 0, "checkpoint": tmp_path}
    first = mx.GaussianMixture(**settings).fit(ROWS)
    with pytest.raises(mx.CheckpointError, match=sentence):
        mx.GaussianMixture(**settings | other).fit(ROWS)
    assert_same(mx.GaussianMixture(**settings).fit(ROWS), first)


@pytest.mark.parametrize(
    ("rows", "weights", "sentence"),
    [
        (ROWS + 1, None, "X has changed"),
        (ROWS[1:], None, "shape of X"),
        (ROWS, WEIGHTS, "sample_weight has changed"),
        (ROWS.astype(np.float32), None, "dtype of X"),
    ],
)
def test_other_rows_are_refused(rows, weights, sentence, tmp_path):
    settings = {"n_components": 3, "random_state": 0, "checkpoint": tmp_path}
    mx.GaussianMixture(**settings).fit(ROWS)
    with pytest.raises(mx.CheckpointError, match=sentence):
        mx.GaussianMixture(**settings).fit(rows, sample_weight=weights)


def test_settings_that_change_no_bit_may_differ(tmp_path):
    settings = {"n_components": 3, "random_state": 0, "checkpoint": tmp_path}
    first = mx.GaussianMixture(n_threads=1, **settings).fit(ROWS)
    again = mx.GaussianMixture(n_threads=2, verbose_interval=3, **settings).fit(ROWS)
    np.testing.assert_array_equal(first.means_, again.means_)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"max_iter": 3}, {"max_iter": 12}),
        ({"max_iter": 0}, {"max_iter": 12}),
        ({"tol": 1e-2}, {"tol": 1e-4}),
        ({"n_init": 2}, {"n_init": 4}),
        ({"n_init": 1, "max_iter": 3}, {"n_init": 2, "max_iter": 12}),
    ],
)
def test_a_fit_that_has_ended_may_be_let_go_farther(before, after, tmp_path):
    settings = {"n_components": 3, "init_params": "random", "random_state": 0}
    mx.GaussianMixture(checkpoint=tmp_path, **settings | before).fit(ROWS)
    farther = mx.GaussianMixture(checkpoint=tmp_path, **settings | after).fit(ROWS)
    assert_same(farther, mx.GaussianMixture(**settings | after).fit(ROWS))


def test_of_several_runs_that_were_cut_short_none_can_go_on(tmp_path):
    settings = {"n_components": 3, "random_state": 0, "n_init": 2, "checkpoint": tmp_path}
    mx.GaussianMixture(max_iter=2, tol=0, **settings).fit(ROWS)
    with pytest.raises(mx.CheckpointError, match="only the best of them is kept"):
        mx.GaussianMixture(max_iter=5, tol=0, **settings).fit(ROWS)


def test_warm_start_goes_on_from_something_else(tmp_path):
    with pytest.raises(ValueError, match="take one of them"):
        mx.GaussianMixture(warm_start=True, checkpoint=tmp_path).fit(ROWS)


def test_a_model_file_knows_of_no_folder(tmp_path):
    gm = mx.GaussianMixture(checkpoint=tmp_path / "kept").fit(ROWS)
    mx.save(gm, tmp_path / "model.json")
    assert mx.load(tmp_path / "model.json").checkpoint is None


def test_replicates_leave_the_checkpoint_alone(tmp_path):
    gm = mx.GaussianMixture(checkpoint=tmp_path, random_state=0).fit(ROWS)
    kept = (tmp_path / "checkpoint.jsonl").read_bytes()
    mx.bootstrap(gm, ROWS, n_bootstraps=3, random_state=0, n_jobs=1)
    assert (tmp_path / "checkpoint.jsonl").read_bytes() == kept


def test_a_full_disk_ends_the_fit_with_a_sentence(checkpoints, tmp_path, monkeypatch):
    settings = {"n_components": 3, "random_state": 0, "max_iter": 10, "tol": 0}
    checkpoints(4)
    with pytest.raises(Killed):
        mx.GaussianMixture(checkpoint=tmp_path, **settings).fit(ROWS)
    checkpoints(1000)

    def refuse(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.write_bytes", refuse)
        with pytest.raises(mx.CheckpointError, match="No space left on device"):
            mx.GaussianMixture(checkpoint=tmp_path, **settings).fit(ROWS)
    gm = mx.GaussianMixture(checkpoint=tmp_path, **settings).fit(ROWS)
    assert_same(gm, mx.GaussianMixture(**settings).fit(ROWS))
