import numpy as np
import pytest

from skal import datasets


def test_the_brightness_of_a_pixel_is_that_of_its_class_and_noise():
    images, masks = datasets.make_shapes(400, random_state=0)
    assert images.dtype == np.float32
    assert masks.dtype == np.int64
    for label, brightness in ((0, 0), (1, 1), (2, 0.5)):
        pixels = images[:, 0][masks == label]
        assert pixels.mean() == pytest.approx(brightness, abs=0.02)
        assert pixels.std() == pytest.approx(0.3, abs=0.02)


def test_a_third_of_the_images_are_empty_and_discs_are_rare():
    _, masks = datasets.make_shapes(3000, random_state=1)
    empty = ~np.any(masks, axis=(1, 2))
    assert empty.mean() == pytest.approx(1 / 3, abs=0.04)
    with_disc = np.any(masks == 2, axis=(1, 2)).mean()
    assert with_disc == pytest.approx((1 / 6 + 1 - (5 / 6) ** 2) / 3, abs=0.03)


def test_a_lone_shape_is_a_whole_square_or_disc():
    _, masks = datasets.make_shapes(200, size=20, random_state=2)
    areas = {1: set(), 2: set()}
    for mask in masks:
        found = set(np.unique(mask)) - {0}
        inside = not (mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any())
        if len(found) == 1 and inside:
            areas[found.pop()].add(int((mask > 0).sum()))
    assert {25, 49, 81} <= areas[1]  # radii 2, 3 and 4
    assert {13, 29, 49} & areas[2]


def test_a_seed_has_one_answer():
    one, two, other = (datasets.make_shapes(20, random_state=seed)[0] for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, two)
    assert np.any(one != other)


@pytest.mark.parametrize("options", [{"n_samples": 0}, {"n_samples": 2.5}, {"size": 9}])
def test_counts_that_cannot_be_drawn_are_refused(options):
    with pytest.raises(ValueError, match=f"{next(iter(options))}=.* must be an integer"):
        datasets.make_shapes(**options)
