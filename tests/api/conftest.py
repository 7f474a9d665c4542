"""Tills: keys of Aroma and of its rival."""

from __future__ import annotations

import pytest

from merchants.models import Merchant
from tests.api.till import Till
from tests.cast import make_key


@pytest.fixture
def till(aroma: Merchant) -> Till:
    return Till(make_key(aroma))


@pytest.fixture
def rival_till(borough: Merchant) -> Till:
    return Till(make_key(borough))
