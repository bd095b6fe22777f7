r"""DP-SGD over users: the network of a private training.

Under differential privacy no message travels along the behaviours of others: the item tables (source :math:`q`, target
:math:`h`, bias :math:`b`) come from parameters, knowledge and content, and a user's loss depends on this user's items
alone. So each user's gradient is clipped with respect to the three tables, where it and its length have a closed form,

.. math::

   \lVert g_u \rVert^2 = \lVert r_u \rVert^2 (1 + \lVert z_u \rVert^2)
   + \lVert H^\top r_u \rVert^2 \sum_j a_{uj}^2, \quad
   r_u = \frac{1}{\sqrt{|T_u|}} (|T_u|\, \mathrm{softmax}(s_u) - y_u),

noise is added to the sum over the users of a step (Abadi et al. 2016), and only then is the sum carried back to the
parameters: what is computed from noisy sums costs nothing. Users are drawn independently (Poisson sampling); half of
each one's items, drawn at random, are the targets, the others make the profile.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from graphrec.config.settings import TrainSettings
from graphrec.model import HeteroRecommender, UserItemCSR
from graphrec.model.ema import EMA
from graphrec.privacy.accountant import Release
from graphrec.privacy.noise import Noise

#: Share of a user's items that are targets in a step.
TARGETS = 0.5


def train_privately(
    model: HeteroRecommender,
    pairs: UserItemCSR,
    release: Release,
    clip: float,
    train: TrainSettings,
    noise: Noise,
) -> Iterator[int]:
    """Train the model in place; yield after each step, numbered from 1. The last step leaves the averaged weights.

    Parameters
    ----------
    model
        A model without hops and friends; its profile encoder stays as it is.
    pairs
        The target pairs of each user.
    release
        Noise, sampling rate and number of steps.
    clip
        Largest length of a user's gradient.
    train
        ``lr``, ``weight_decay`` and ``ema``.
    noise
        Source of the noise, and of who takes part.
    """
    parameters = [value for name, value in model.named_parameters() if not name.startswith("profile_encoder")]
    optimiser = torch.optim.Adam(parameters, lr=train.lr, weight_decay=train.weight_decay)
    ema, n_users = EMA(model, train.ema), len(pairs.indptr) - 1
    expected = max(release.rate * n_users, 1.0)
    model.train(False)
    for step in range(1, release.steps + 1):
        users = torch.from_numpy(noise.uniform(n_users) < release.rate).nonzero()[:, 0]
        tables = model.items()
        shown = torch.from_numpy(noise.uniform(len(pairs.items)) >= TARGETS)
        with torch.no_grad():
            sums = clipped_sums(tables, pairs, users, shown, clip)
            gradients = [_noised(one, release.noise * clip, noise) / expected for one in sums]
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(tables, gradients)
        optimiser.step()
        ema.update()
        yield step
    with ema.applied():
        averaged = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(averaged)


def clipped_sums(
    tables: tuple[Tensor, Tensor, Tensor], pairs: UserItemCSR, users: Tensor, shown: Tensor, clip: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the sums of the users' clipped gradients of source, target and bias.

    Adding or removing a user changes them together by a vector of length ``clip`` at most.

    Parameters
    ----------
    tables
        Source and target ``[n_items, d]``, and bias ``[n_items]``.
    pairs, users
        The target pairs of each user, and the users of the step, int64 ``[b]``.
    shown
        bool ``[n_pairs]``: the pairs that make the profile; the others are predicted.
    clip
        Largest length.
    """
    source, target, bias = tables
    _, row, pair = pairs.rows(users)
    item, known = pairs.items[pair], shown[pair]
    seen = row[known].bincount(minlength=len(users))
    asked = row[~known].bincount(minlength=len(users)).float()
    share = 1 / seen.clamp(min=1).float()
    z = torch.zeros(len(users), source.shape[1]).index_add_(0, row[known], source[item[known]]) * share[:, None]
    scores = torch.addmm(bias, z, target.T)
    scores[row[known], item[known]] = -torch.inf
    residual = scores.softmax(1).nan_to_num() * asked[:, None]  # a user may have every item
    residual[row[~known], item[~known]] -= 1
    residual *= asked.clamp(min=1).rsqrt()[:, None]
    back = residual @ target
    square = residual.square().sum(1) * (1 + z.square().sum(1)) + back.square().sum(1) * share * (seen > 0)
    residual *= (clip / square.sqrt().clamp(min=clip))[:, None]
    message = (residual @ target * share[:, None])[row[known]]
    return torch.zeros_like(source).index_add_(0, item[known], message), residual.T @ z, residual.sum(0)


def _noised(sums: Tensor, deviation: float, noise: Noise) -> Tensor:
    return sums + torch.from_numpy(noise.gaussian(tuple(sums.shape), deviation)).float()
