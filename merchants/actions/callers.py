"""What the API's door writes about its callers: that a key was used, and that everybody must read the keys anew."""

from __future__ import annotations

from datetime import datetime, timedelta

import redis
import structlog
from django.db import transaction
from django.db.models import Q

from merchants.actions.valkey import valkey
from merchants.models import ApiKey

CALLERS_EPOCH = "merchants:callers-epoch"
TOUCH_INTERVAL = timedelta(minutes=1)
log = structlog.get_logger(__name__)


def forget_cached_callers() -> None:
    """After the commit, every process reads keys and their shops anew: call it when either changed."""
    transaction.on_commit(_turn_epoch, robust=True)


def _turn_epoch() -> None:
    try:
        valkey().incr(CALLERS_EPOCH)
    except redis.RedisError as failure:
        # The processes' own short lifetime for cached keys still holds.
        log.warning("callers_epoch_not_turned", reason=str(failure))


def touch_api_key(key: ApiKey, *, at: datetime) -> None:
    """Remember that `key` was used; at most once a minute, whoever asks."""
    stale = Q(last_used_at=None) | Q(last_used_at__lte=at - TOUCH_INTERVAL)
    ApiKey.objects.filter(stale, merchant_id=key.merchant_id, pk=key.pk).update(last_used_at=at)
