"""A net that has seen images."""

import pytest


@pytest.fixture
def module():
    from tests.nets.small_net import IMAGES, Net, torch  # skips where torch is absent

    torch.manual_seed(0)
    module = Net()
    module(torch.as_tensor(IMAGES))  # moves the running means
    return module
