"""How the budget of a training is divided, and the noise of each release.

k releases with Gaussian noise of multipliers σ_1 … σ_k, in which everybody takes part, cost together as much as one of
σ with 1/σ² = Σ 1/σ_j². So a release that gets the share s of the budget has σ_j = σ / √s. DP-SGD gets what is left of
ε when the others have their part of it, by the accountant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphrec.config.privacy_settings import PrivacySettings
from graphrec.privacy.accountant import Release, epsilon_of, noise_for


@dataclass(frozen=True)
class Plan:
    """The noise of each release of a training, as a multiple of its sensitivity; 0: none (no privacy, for comparison).

    Attributes
    ----------
    epsilon, delta
        What all releases together cost at most.
    gram, popularity, validation
        Noise of the co-occurrence of items, of their counts, and of the figures on validation.
    steps
        The steps of DP-SGD; None: the network is not trained.
    """

    epsilon: float
    delta: float
    gram: float = 0.0
    popularity: float = 0.0
    validation: float | None = None
    steps: Release | None = None

    @classmethod
    def of(cls, settings: PrivacySettings, n_users: int) -> Plan:
        """Return the plan of ``[privacy]`` for a number of users.

        Raises
        ------
        LibraryError
            The accountant is not installed.
        ConfigError
            No noise is strong enough for ``epsilon``.
        """
        if settings.epsilon is None:
            raise ValueError("[privacy] epsilon is not set")
        epsilon, delta = settings.epsilon, settings.delta or max(n_users, 2) ** -1.1
        whole = noise_for(epsilon, delta)
        left = 1 - settings.network
        share = {"popularity": settings.popularity, "validation": settings.validation}
        share["gram"] = 1 - sum(share.values())
        noise = {name: whole / (left * part) ** 0.5 for name, part in share.items() if part}
        steps = None
        if settings.network:
            rate = min(1.0, settings.batch / max(n_users, 1))
            beside = [Release(one) for one in noise.values()]
            steps = Release(noise_for(epsilon, delta, beside, rate, settings.steps), rate, settings.steps)
        return cls(epsilon, delta, noise["gram"], noise["popularity"], noise.get("validation"), steps)

    @property
    def releases(self) -> list[Release]:
        """All that is released with noise."""
        whole = [Release(one) for one in (self.gram, self.popularity, self.validation) if one]
        return whole if self.steps is None else [*whole, self.steps]

    @property
    def spent(self) -> float:
        """What the releases cost, by the accountant."""
        return epsilon_of(self.releases, self.delta)

    def plain(self) -> dict[str, Any]:
        """Return plain data, for ``run.json``."""
        noise = {"gram": self.gram, "popularity": self.popularity, "validation": self.validation}
        steps = None if self.steps is None else self.steps._asdict()
        return {"epsilon": self.spent, "delta": self.delta, "noise": noise, "steps": steps}
