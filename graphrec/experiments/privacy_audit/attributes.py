"""Attribute inference: a property of users, predicted from their published vectors and lists.

An attacker who knows the property of some users guesses that of the others: cross-validation in five parts. Beside it
stands what the behaviour itself would tell, and guessing the most frequent value, which has an AUC of 0.5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graphrec.common.errors import InputError
from graphrec.experiments.privacy_audit.figures import attack_figures

#: Parts of the cross-validation, and fewest users with a value for it to be guessed.
PARTS, FEWEST = 5, 20
#: Numbers with more values than this are guessed as above or below their median.
_VALUES = 12


def classes(values: Sequence[Any], name: str) -> tuple[NDArray[np.int64], list[str]]:
    """Return the class of each user, int64 ``[n_users]``, -1 where there is none, and the names of the classes.

    Values of fewer than :data:`FEWEST` users are left out.

    Raises
    ------
    InputError
        No two values have enough users.
    """
    numbers = [None if value is None else _number(value) for value in values]
    known = [number for number in numbers if number is not None]
    if len(known) == len(values) - values.count(None) and len(set(known)) > _VALUES:
        middle = float(np.median(known))
        texts = [None if v is None else f"≤ {middle:g}" if v <= middle else f"> {middle:g}" for v in numbers]
    else:
        texts = [None if value is None else str(value) for value in values]
    counts = {text: texts.count(text) for text in sorted({text for text in texts if text is not None})}
    kept = [text for text, count in counts.items() if count >= FEWEST]
    if len(kept) < 2:
        raise InputError(
            f"--attribute {name}: no two values have {FEWEST} users each",
            hint="name a property of users that many have, such as gender",
        )
    places = {text: place for place, text in enumerate(kept)}
    return np.array([-1 if text is None else places.get(text, -1) for text in texts]), kept


def _number(value: Any) -> float | None:
    """Return a number, which files may have as text."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) and not isinstance(value, bool) else None


def attribute_figures(
    values: Sequence[Any], sources: Mapping[str, NDArray[np.float32] | csr_array], name: str, seed: int = 0
) -> list[dict[str, Any]]:
    """Return how well each source tells a property of users.

    Parameters
    ----------
    values
        The property of each user; None where it is not known.
    sources
        Name → one row per user.
    name
        Of the property.
    seed
        Of the parts, and of the bootstrap.

    Returns
    -------
    list
        ``attribute``, ``from``, ``auc`` (of several values: each against the others, all guesses together),
        ``accuracy``, and ``majority``, the accuracy of the most frequent value.

    Raises
    ------
    InputError
        See :func:`classes`.
    """
    code, names = classes(values, name)
    users = np.flatnonzero(code >= 0)
    truth = code[users]
    majority = float(np.bincount(truth).max() / len(truth))
    found = []
    for source, table in sources.items():
        guessed = _guessed(table[users], truth, seed)
        columns = [1] if len(names) == 2 else range(len(names))
        # Guesses of one value are compared with each other: of rare values all are low.
        scores = np.concatenate([np.argsort(np.argsort(guessed[:, column])) for column in columns]).astype(np.float64)
        right = np.concatenate([truth == column for column in columns])
        figures = attack_figures(scores, right, np.tile(users, len(columns)), seed)
        accuracy = float((guessed.argmax(1) == truth).mean())
        found.append(
            {"attribute": name, "from": source, "auc": figures["auc"], "accuracy": accuracy, "majority": majority}
            | {"values": len(names), "users": len(users)}
        )
    return found


def _guessed(table: NDArray[np.float32] | csr_array, truth: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MaxAbsScaler, StandardScaler

    scaler = StandardScaler() if isinstance(table, np.ndarray) else MaxAbsScaler()
    grid = {"logisticregression__C": [0.001, 0.01, 0.1]}
    model = make_pipeline(scaler, LogisticRegression(max_iter=300, tol=1e-3))
    searched = GridSearchCV(model, grid, scoring="neg_log_loss", cv=2)
    parts = StratifiedKFold(PARTS, shuffle=True, random_state=seed)
    guessed: NDArray[np.float64] = cross_val_predict(searched, table, truth, cv=parts, method="predict_proba")
    return guessed
