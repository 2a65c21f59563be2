"""Followed layers against the same tensors, taken by hand inside `forward`."""

import pytest

torch = pytest.importorskip("torch", reason="nets need torch")
F = torch.nn.functional

from skal.models.following import Followed, following  # noqa: E402

X = torch.randn(4, 2, 8, 8, generator=torch.Generator().manual_seed(0))


def followed(path, x=X):
    """What becomes of x along a path, what is said to come then, and the path's own result."""
    record = Followed()
    start = x.clone()
    record.start("layer", start)
    with following(record):
        result = path(start)
    return *record.end("layer"), result


class InPlaceReLU(torch.nn.Module):
    def forward(self, x):
        return F.relu(x, inplace=True)


PATHS = {
    # path: what is passed through; by hand: where the descriptor is taken; then: what follows
    "relu, then flat": (lambda x: torch.relu(x).flatten(1), torch.relu, "flatten"),
    "method": (lambda x: x.relu().sum(), torch.relu, "sum"),
    "module": (lambda x: torch.nn.ReLU()(x).mean(1), torch.relu, "mean"),
    "pool after relu": (
        lambda x: F.max_pool2d(F.gelu(x), 2).reshape(4, -1),
        lambda x: F.max_pool2d(F.gelu(x), 2),
        "reshape",
    ),
    "relu after pool": (
        lambda x: torch.tanh(F.avg_pool2d(x, 2)) @ torch.ones(4, 4),
        lambda x: torch.tanh(F.avg_pool2d(x, 2)),
        "matmul",
    ),
    "indices of a pool": (
        lambda x: F.max_pool2d(x, 2, return_indices=True)[0].relu().flatten(),
        lambda x: F.max_pool2d(x, 2).relu(),
        "flatten",
    ),
    "norm between": (
        lambda x: F.relu(F.batch_norm(x, torch.zeros(2), 4 * torch.ones(2))).flatten(),
        lambda x: F.relu(F.batch_norm(x, torch.zeros(2), 4 * torch.ones(2))),
        "flatten",
    ),
    "dropout at the end": (
        lambda x: F.dropout(torch.sigmoid(x), training=False).flatten(),
        torch.sigmoid,
        "flatten",
    ),
    "nothing comes": (torch.relu, torch.relu, ""),
}


@pytest.mark.parametrize("name", PATHS)
def test_a_layer_is_followed_through_non_linearity_and_pooling(name):
    path, by_hand, then = PATHS[name]
    tensor, after, result = followed(path)
    torch.testing.assert_close(tensor, by_hand(X))
    assert after.replace("__rmatmul__", "matmul").replace("__matmul__", "matmul") == then
    torch.testing.assert_close(result, path(X.clone()))


@pytest.mark.parametrize(
    "path",
    [
        lambda x: x.flatten(1) @ torch.ones(128, 1),
        lambda x: x + 1,
        lambda x: F.dropout(x, training=False).flatten(),
        lambda x: torch.relu(x) + x,  # two use the output
        lambda x: torch.cat([x, x]),
    ],
    ids=["a product", "a sum", "dropout alone", "two uses", "joined"],
)
def test_where_no_non_linearity_works_on_the_output_alone_nothing_is_found(path):
    tensor, _, result = followed(path)
    assert tensor is None
    torch.testing.assert_close(result, path(X.clone()))


def test_a_branch_ends_the_path():
    """A tensor that two functions use is the last one that has a place of its own."""

    def path(x):
        one = torch.relu(x)
        return F.max_pool2d(one, 2) + F.avg_pool2d(one, 2)

    tensor, after, result = followed(path)
    torch.testing.assert_close(tensor, torch.relu(X))
    assert after == "avg_pool2d and max_pool2d"
    torch.testing.assert_close(result, path(X.clone()))


@pytest.mark.parametrize(
    "in_place",
    [lambda x: x.relu_(), lambda x: F.relu_(x), InPlaceReLU()],
    ids=["method", "function", "module"],
)
def test_functions_in_place_change_what_the_net_goes_on_with_and_not_what_is_kept(in_place):
    def path(x):
        in_place(x)  # its value is not used
        x = F.max_pool2d(x, 2)
        kept = x
        x.mul_(3)  # after the end
        return kept.sum()

    tensor, after, result = followed(path)
    torch.testing.assert_close(tensor, F.max_pool2d(torch.relu(X), 2))
    assert after.startswith("mul")
    torch.testing.assert_close(result, 3 * F.max_pool2d(torch.relu(X), 2).sum())


def test_gradients_flow_to_what_is_found():
    """∂(Σ wy)/∂t of the tensor t that is found: the weights, wherever the path went on."""
    weights = torch.randn(4, 2, 4, 4, generator=torch.Generator().manual_seed(1))
    record, start = Followed(), X.clone().requires_grad_()
    passed = start * 1
    record.start("layer", passed)
    with following(record):
        result = (F.max_pool2d(torch.relu(passed), 2) * weights).sum()
    tensor, _ = record.end("layer")
    (gradient,) = torch.autograd.grad(result, [tensor])
    torch.testing.assert_close(gradient, weights)


def test_two_layers_are_told_apart():
    record, one, two = Followed(), X.clone(), -X
    record.start("one", one)
    record.start("two", two)
    with following(record):
        torch.relu(one).flatten()
        torch.sigmoid(two).flatten()
    torch.testing.assert_close(record.end("one")[0], torch.relu(X))
    torch.testing.assert_close(record.end("two")[0], torch.sigmoid(-X))
