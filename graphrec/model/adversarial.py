r"""Adversarial training: the items' content is shifted in the worst direction while the model learns.

.. math::

   L(X) + λ\, L(X + Δ), \qquad Δ_{im} = ε\, \frac{∂L/∂x_{im}}{‖∂L/∂x_{im}‖}

for the vector :math:`x_{im}` of each modality of each item: the fast gradient method of AMR (Tang et al. 2019,
*Adversarial Training Towards Robust Multimedia Recommender System*). Both losses see the same dropped edges. The
vectors are of unit length, so ε is about the angle by which the adversary turns them. Neighbours by content do not
change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by
from torch import Tensor

from graphrec.model.content import Content

#: How far the adversary shifts a content vector (ε); the vectors are of length one.
REACH = 0.5


def backward(loss: Callable[[], Tensor], content: Content, weight: float, reach: float = REACH) -> Tensor:
    """Add the gradient of the loss, and of ``weight`` times the loss under attack, to the parameters' gradients.

    Parameters
    ----------
    loss
        Computes the loss of a step; called twice, with the same random numbers.
    content
        The content that the loss depends on.
    weight
        Weight of the loss under attack (λ).
    reach
        Length of the shift of a vector (ε).

    Returns
    -------
    Tensor
        The loss without attack, a scalar.
    """
    clean = {name: content.get_buffer(f"{name}_vectors") for name in content.names}
    known = {name: vectors.clone().requires_grad_() for name, vectors in clean.items()}
    device = next(iter(clean.values())).device
    with torch.random.fork_rng([device] if device.type == "cuda" else []), holding(content, known):
        value = loss()
        torch.autograd.backward(value)
    shifted = {name: clean[name] + shift for name, shift in worst(known, reach).items()}
    with holding(content, shifted):
        torch.autograd.backward(weight * loss())
    return value


def worst(known: Mapping[str, Tensor], reach: float = REACH) -> dict[str, Tensor]:
    """Return the shift of each vector that raises the loss most, of length ``reach``; zero where the gradient is zero.

    Parameters
    ----------
    known
        float32 ``[n_items, width]`` per modality, with the gradient of the loss.
    reach
        Length of the shift.
    """
    gradients = {name: v.grad if v.grad is not None else torch.zeros_like(v) for name, v in known.items()}
    # A mean over many users has small gradients: only their direction is used.
    return {name: reach * F.normalize(gradient, dim=1, eps=1e-18) for name, gradient in gradients.items()}


@contextmanager
def holding(content: Content, vectors: Mapping[str, Tensor]) -> Iterator[None]:
    """Replace the content vectors temporarily."""
    before = {f"{name}_vectors": content.get_buffer(f"{name}_vectors") for name in vectors}
    for name, value in vectors.items():
        setattr(content, f"{name}_vectors", value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(content, name, value)
