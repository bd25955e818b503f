"""Two dimensions of both languages, against scikit-learn's principal components."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import normalize

from mlm_xling.evaluation.measures.plane import project


def test_the_plane_is_that_of_the_principal_components_of_both_languages():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(2, 30, 6)) * [5, 4, 1, 1, 1, 1] + [[[1.0]], [[3.0]]]

    found = project(x, y)

    components = PCA(2)
    expected = components.fit_transform(normalize(np.concatenate([x, y])))
    np.testing.assert_allclose(
        np.abs(np.concatenate([found.x, found.y])), np.abs(expected), atol=1e-9
    )
    assert found.share == pytest.approx(components.explained_variance_ratio_.sum())


def test_signs_do_not_depend_on_those_of_the_library():
    x, y = np.random.default_rng(1).normal(size=(2, 20, 4))

    found = project(x, y)

    points = np.concatenate([found.x, found.y])
    assert (points.max(axis=0) >= -points.min(axis=0)).all()


def test_vectors_that_do_not_vary_lie_on_one_point():
    found = project(np.ones((3, 4)), np.ones((3, 4)))

    assert not np.concatenate([found.x, found.y]).any()
    assert found.share == 1
