"""mixtura segment: pictures come out as pictures, and bad input leaves nothing behind."""

import json

import numpy as np
import pytest
from PIL import Image

import mixtura as mx

PHOTO = np.kron([[0, 1], [2, 0]], np.ones((20, 25)))[..., None] * [100, 60, 20] + 30
PHOTO = (PHOTO + np.random.default_rng(0).normal(0, 10, PHOTO.shape)).clip(0, 255).astype(np.uint8)


@pytest.fixture(autouse=True)
def files(tmp_path):
    Image.fromarray(PHOTO).save(tmp_path / "photo.png")


def read(path):
    with Image.open(path) as picture:
        return np.array(picture)


def expected(image=PHOTO, n_segments=3, **options):
    return mx.segment_image(image, n_segments, random_state=0, **options)


def test_every_pixel_gets_the_mean_colour_of_its_segment(mixtura):
    result = mixtura("segment", "photo.png", "-k", 3, "-o", "out.png")
    assert result.code == 0
    np.testing.assert_array_equal(read("out.png"), expected().mean_image())
    assert "50.0 %" in result.out
    assert "#" in result.out
    assert result.err.endswith("written: out.png\n")


def test_boundaries_and_labels(mixtura):
    mixtura("segment", "photo.png", "-k", 3, "--show", "boundaries", "-o", "lines.png")
    np.testing.assert_array_equal(read("lines.png"), expected().mark_boundaries())
    mixtura("segment", "photo.png", "-k", 3, "--show", "labels", "-o", "labels.png")
    np.testing.assert_array_equal(read("labels.png"), expected().labels + 1)


def test_icl_chooses_and_programs_read_it(mixtura):
    result = mixtura("segment", "photo.png", "-k", "1:5", "--json")
    segments = json.loads(result.out)["segments"]
    np.testing.assert_allclose([each["share"] for each in segments], [0.5, 0.25, 0.25], atol=0.01)
    assert result.err == ""
    assert read("segments.png").shape == PHOTO.shape


def test_a_mask_and_transparency(mixtura):
    mask = np.zeros(PHOTO.shape[:2], dtype=np.uint8)
    mask[:, :30] = 255
    Image.fromarray(mask).save("mask.png")
    mixtura("segment", "photo.png", "-k", 3, "--mask", "mask.png", "--show", "labels", "--quiet")
    assert (read("segments.png")[:, 30:] == 0).all()
    Image.fromarray(np.dstack([PHOTO, mask])).save("clear.png")
    assert mixtura("segment", "clear.png", "-k", 3, "-o", "clear.jpg", "--quiet").code == 0
    assert read("clear.jpg").shape == PHOTO.shape


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "CMYK", "I;16", "I", "F"])
@pytest.mark.parametrize("show", ["mean", "boundaries"])
def test_every_mode_of_pictures(mixtura, mode, show):
    grey = Image.fromarray(PHOTO[..., 0])
    picture = Image.fromarray(PHOTO).convert(mode) if mode != "I;16" else None
    if mode == "I;16":
        picture = Image.fromarray(np.array(grey).astype(np.uint16) * 256)
    picture.save("given.tif")
    result = mixtura("segment", "given.tif", "-k", 2, "--show", show, "-o", "out.png", "--quiet")
    assert (result.code, result.err) == (0, "")
    assert read("out.png").shape[:2] == PHOTO.shape[:2]


def test_photographs_are_turned_upright(mixtura):
    exif = Image.Exif()
    exif[0x0112] = 6  # as a camera held on its side says
    Image.fromarray(PHOTO).save("side.jpg", exif=exif)
    assert mixtura("segment", "side.jpg", "-k", 2, "-o", "out.png").code == 0
    assert read("out.png").shape == (50, 40, 3)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("absent.jpg",), "There is no file 'absent.jpg'"),
        (("words.txt",), "'words.txt' is no image that can be read"),
        (("broken.png",), "'broken.png' cannot be read"),
        (("photo.png", "-k", "no"), "-k must be a number such as 3"),
        (("photo.png", "-k", 3, "-o", "photo.png"), "it would be overwritten"),
        (("photo.png", "-k", 3, "-o", "out.pdf"), "'out.pdf': a picture must end in one of .png"),
        (("photo.png", "-k", 3, "-o", "nowhere/out.png"), "no folder 'nowhere'"),
        (("photo.png", "-k", 3, "--show", "labels", "-o", "out.jpg"), "must end in one of .png"),
        (("photo.png", "-k", 300, "--show", "labels"), "room for 255"),
        (("photo.png", "-k", 3, "--show", "edges"), "--show must be one of mean"),
        (("photo.png", "-k", 3, "--smoothness", -1), "Invalid value for '--smoothness'"),
        (("photo.png", "-k", 3, "--mask", "black.png"), "No pixel counts"),
        (("photo.png", "-k", 3, "--mask", "small.png"), "The mask's shape is (2, 2)"),
        (("black.png", "-k", 3), "only 1 colour"),
    ],
)
def test_bad_input_is_one_clear_sentence_and_leaves_nothing_behind(
    mixtura, tmp_path, arguments, sentence
):
    (tmp_path / "words.txt").write_text("no image")
    (tmp_path / "broken.png").write_bytes((tmp_path / "photo.png").read_bytes()[:900])
    Image.fromarray(np.zeros(PHOTO.shape, dtype=np.uint8)).save(tmp_path / "black.png")
    Image.fromarray(np.ones((2, 2), dtype=np.uint8)).save(tmp_path / "small.png")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    result = mixtura("segment", *arguments)
    assert result.code == 2
    assert sentence in result.err
    assert result.err.startswith("error: ")
    assert result.err.count("\n") == 1
    assert result.out == ""
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
