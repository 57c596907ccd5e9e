"""The made data set: the same for a seed, of all kinds, its colours telling nothing of them."""

from __future__ import annotations

import numpy as np

from benchmarks.accuracy.shapes import KINDS, SIDE, make_images


def test_a_seed_makes_the_same_images() -> None:
    images, again, others = make_images(50, 7), make_images(50, 7), make_images(50, 8)
    assert images.pixels.shape == (50, 3, SIDE, SIDE) and images.pixels.dtype == np.uint8
    np.testing.assert_array_equal(images.pixels, again.pixels)
    np.testing.assert_array_equal(images.labels, again.labels)
    assert not np.array_equal(images.pixels, others.pixels)


def test_all_kinds_come_and_differ_in_outline_alone() -> None:
    images = make_images(2000, 1)
    assert set(images.labels) == set(range(len(KINDS)))
    means = images.pixels.mean(axis=(2, 3))
    spread = np.stack([means[images.labels == kind].mean(axis=0) for kind in range(len(KINDS))]).std(axis=0)
    assert np.all(spread < 0.25 * means.std(axis=0))
