"""Ten kinds of shapes on cluttered colour images: a data set made of a seed, small enough to train on in minutes.

Each image of 32 by 32 pixels shows one shape of random size, place, rotation and colour, before a background of random
hues with smaller spots on it, under noise. Colours say nothing of the kind and their contrast is low: the outline decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SIDE = 32
KINDS = ("disc", "square", "triangle", "pentagon", "star", "ring", "cross", "ellipse", "crescent", "pair")
SPOTS = 3
CONTRAST = (0.15, 0.5)
NOISE = 0.07

Floats = npt.NDArray[np.float32]
Distance = Callable[[Floats, Floats], Floats]


@dataclass(frozen=True)
class Images:
    """``pixels`` (images, 3, 32, 32) bytes, ``labels`` (images,) from 0 to 9: places in ``KINDS``."""

    pixels: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]


def make_images(count: int, seed: int) -> Images:
    """``count`` images, of every kind about as many."""
    random = np.random.default_rng(seed)
    labels = random.integers(len(KINDS), size=count)
    canvas = _background(random, count)
    for _ in range(SPOTS):
        size, place = random.uniform(1.0, 3.0, count), random.uniform(0, SIDE, (2, count))
        u, v = _grid(size, place, np.zeros(count))
        canvas = _paint(random, canvas, (np.hypot(u, v) - 1) * size[:, None, None])
    size, place = random.uniform(5.0, 10.0, count), random.uniform(10, SIDE - 10, (2, count))
    u, v = _grid(size, place, random.uniform(0, 2 * np.pi, count))
    distance = np.empty_like(u)
    for kind, outline in enumerate(_OUTLINES.values()):
        chosen = labels == kind
        distance[chosen] = outline(u[chosen], v[chosen])
    canvas = _paint(random, canvas, distance * size[:, None, None])
    canvas += random.normal(0, NOISE, canvas.shape).astype(np.float32)
    return Images(np.rint(255 * np.clip(canvas, 0, 1)).astype(np.uint8), labels)


def _background(random: np.random.Generator, count: int) -> Floats:
    """Hues at 4 by 4 places, linear between them."""
    knots = 0.5 + random.normal(0, 0.08, (count, 3, 4, 4))
    at = np.linspace(0, 3, SIDE)
    weights = np.maximum(1 - np.abs(at[:, None] - np.arange(4)), 0)
    return np.einsum("yi,ncij,xj->ncyx", weights, knots, weights).astype(np.float32)


def _grid(size: Floats, place: Floats, angle: Floats) -> tuple[Floats, Floats]:
    """Coordinates (images, 32, 32) of the pixels in units of a shape's size, from its middle, turned with it."""
    y, x = (np.arange(SIDE)[None, :] + 0.5 - place[axis][:, None] for axis in (0, 1))
    y, x = y[:, :, None] / size[:, None, None], x[:, None, :] / size[:, None, None]
    cos, sin = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    return x * cos + y * sin, y * cos - x * sin


def _paint(random: np.random.Generator, canvas: Floats, distance: Floats) -> Floats:
    """A shape in a colour that differs from the mean of the image; ``distance`` in pixels from its edge, inside below 0."""
    count = len(canvas)
    hue = random.normal(size=(count, 3))
    hue *= (random.uniform(*CONTRAST, count) / np.linalg.norm(hue, axis=1))[:, None]
    colour = canvas.mean(axis=(2, 3)) + hue
    cover = np.clip(0.5 - distance, 0, 1)[:, None]
    mixed: Floats = (canvas * (1 - cover) + colour[:, :, None, None] * cover).astype(np.float32)
    return mixed


def _polygon(corners: int) -> Distance:
    def outline(u: Floats, v: Floats) -> Floats:
        sector = 2 * np.pi / corners
        angle = (np.arctan2(v, u) + sector / 2) % sector - sector / 2
        return np.hypot(u, v) * np.cos(angle) - np.cos(sector / 2)

    return outline


def _star(u: Floats, v: Floats) -> Floats:
    return np.hypot(u, v) - 0.7 - 0.3 * np.cos(5 * np.arctan2(v, u))


def _cross(u: Floats, v: Floats) -> Floats:
    long, short = np.maximum(np.abs(u), np.abs(v)), np.minimum(np.abs(u), np.abs(v))
    return np.maximum(long - 1, short - 0.33)


_OUTLINES: dict[str, Distance] = {
    "disc": lambda u, v: np.hypot(u, v) - 0.9,
    "square": _polygon(4),
    "triangle": _polygon(3),
    "pentagon": _polygon(5),
    "star": _star,
    "ring": lambda u, v: np.abs(np.hypot(u, v) - 0.72) - 0.24,
    "cross": _cross,
    "ellipse": lambda u, v: (np.hypot(u, v / 0.6) - 1) * 0.6,
    "crescent": lambda u, v: np.maximum(np.hypot(u, v) - 1, 0.75 - np.hypot(u - 0.55, v)),
    "pair": lambda u, v: np.hypot(np.abs(u) - 0.58, v) - 0.45,
}
