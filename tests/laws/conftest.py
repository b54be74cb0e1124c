"""How much the laws are tried: `HYPOTHESIS_PROFILE=thorough` for a long look, else less than a minute in all."""

import os
from typing import Any

from hypothesis import HealthCheck, Phase, settings

COMMON: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    # Explaining a failure traces every line and takes minutes on a fold.
    "phases": (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
}

settings.register_profile("glance", max_examples=8, **COMMON)
settings.register_profile("brisk", max_examples=60, **COMMON)
settings.register_profile("thorough", max_examples=500, **COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "brisk"))
