"""The accountant against closed forms, and the division of a budget."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
from scipy.optimize import brentq
from scipy.stats import norm

pytest.importorskip("opacus")

from graphrec.config.privacy_settings import PrivacySettings
from graphrec.privacy.accountant import Release, epsilon_of, noise_for, together
from graphrec.privacy.plan import Plan


def exact(noise: float, delta: float) -> float:
    """Return the ε of one Gaussian release in closed form (Balle and Wang 2018, theorem 8)."""
    mu = 1 / noise

    def excess(epsilon: float) -> float:
        low, high = -epsilon / mu - mu / 2, -epsilon / mu + mu / 2
        return float(norm.cdf(high) - math.exp(epsilon) * norm.cdf(low)) - delta

    return float(brentq(excess, 0, 100))


@pytest.mark.parametrize(("noise", "delta"), [(0.7, 1e-5), (1.0, 1e-5), (3.0, 1e-3), (10.0, 1e-6)])
def test_a_gaussian_release_costs_what_the_closed_form_says(noise: float, delta: float):
    found = epsilon_of([Release(noise)], delta)
    assert exact(noise, delta) <= found <= exact(noise, delta) + 0.02


def test_releases_of_everybody_add_up_in_squares():
    assert together([Release(2.0), Release(2.0, steps=3)]) == [Release(1.0)]
    found = epsilon_of([Release(2.0), Release(2.0, steps=3)], 1e-5)
    assert found == pytest.approx(exact(1.0, 1e-5), abs=0.02)
    assert epsilon_of([], 1e-5) == 0


def test_sampled_steps_cost_less_than_the_moments_accountant_said():
    # Abadi et al. 2016, figure 2: q = 0.01, σ = 4, 10,000 steps, δ = 1e-5 cost ε = 1.26 by their bound.
    found = epsilon_of([Release(4.0, 0.01, 10_000)], 1e-5)
    assert 0.8 < found <= 1.26


@pytest.mark.parametrize(("epsilon", "network"), [(0.5, 0.0), (10.0, 0.0), (1.0, 0.5)])
def test_a_plan_spends_what_is_asked_and_no_more(epsilon: float, network: float):
    settings = PrivacySettings(epsilon=epsilon, network=network, steps=20)
    plan = Plan.of(settings, 1000)
    assert plan.delta == pytest.approx(1000**-1.1)
    assert 0.97 * epsilon - 0.02 < plan.spent <= epsilon
    assert (plan.steps is not None) == bool(network)


def test_less_budget_needs_more_noise():
    noise = [noise_for(epsilon, 1e-5) for epsilon in (0.1, 1.0, 10.0)]
    assert noise == sorted(noise, reverse=True)
    assert noise[1] == pytest.approx(brentq(lambda sigma: exact(sigma, 1e-5) - 1, 1, 10), rel=0.02)


@pytest.mark.long
def test_the_accountant_leaves_logging_alone():
    script = (
        "import logging; from graphrec.privacy.accountant import Release, epsilon_of; "
        "epsilon_of([Release(5.0)], 1e-5); assert not logging.getLogger().handlers, logging.getLogger().handlers"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_no_loss_is_below_zero():
    assert epsilon_of([Release(95.0)], 0.011) == 0.0
