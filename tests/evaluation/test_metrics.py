"""Metrics: by hand, by PyG, and by what must hold for any ranking."""

from __future__ import annotations

import json
from math import log2

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array, random_array
from torch_geometric.metrics import (
    LinkPredCoverage,
    LinkPredHitRatio,
    LinkPredMAP,
    LinkPredMRR,
    LinkPredNDCG,
    LinkPredPrecision,
    LinkPredRecall,
)
from torchmetrics.functional.retrieval import retrieval_normalized_dcg

from graphrec.common.errors import GraphError, LeakageError, TrainingError
from graphrec.evaluation.ranking import Report, evaluate, paired_bootstrap

NAMES = ("recall", "precision", "hit", "ndcg", "mrr", "map")


def matrix(rows: list[list[int]], n_items: int) -> csr_array:
    dense = np.zeros((len(rows), n_items), np.float32)
    for user, items in enumerate(rows):
        dense[user, items] = 1
    return csr_array(dense)


def judge(scores: np.ndarray | torch.Tensor, seen: csr_array, truth: csr_array, **options: object) -> Report:
    table = torch.as_tensor(scores, dtype=torch.float32)
    return evaluate(lambda users: table[users], seen, truth, **options)  # type: ignore[arg-type]


def random_case(seed: int = 0, m: int = 50, n: int = 120) -> tuple[torch.Tensor, csr_array, csr_array]:
    rng = np.random.default_rng(seed)
    kind = rng.choice(3, size=(m, n), p=[0.8, 0.1, 0.1])
    kind[:5][kind[:5] == 2] = 0  # some users without truth
    scores = torch.from_numpy(rng.permuted(np.tile(np.arange(n, dtype=np.float32), (m, 1)), axis=1))
    return scores, csr_array((kind == 1).astype(np.float32)), csr_array((kind == 2).astype(np.float32))


def test_by_hand() -> None:
    #        item:    0    1    2    3    4    5
    scores = np.array([[9.0, 8.0, 7.0, 6.0, 5.0, 4.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [0.0] * 6])
    seen = matrix([[0], [], [0]], 6)
    truth = matrix([[2, 3, 5], [3], []], 6)
    report = judge(scores, seen, truth, ks=(3, 1))
    assert report.users.tolist() == [0, 1]
    # User 0 sees 1 2 3 | 4 5: hits at ranks 2 and 3 of three truths. User 1 sees 5 4 3: a hit at rank 3 of one.
    d = [1 / log2(r + 1) for r in (1, 2, 3)]
    expected = {
        "recall@3": [2 / 3, 1],
        "precision@3": [2 / 3, 1 / 3],
        "hit@3": [1, 1],
        "ndcg@3": [(d[1] + d[2]) / sum(d), d[2] / d[0]],
        "mrr@3": [1 / 2, 1 / 3],
        "map@3": [(1 / 2 + 2 / 3) / 3, 1 / 3],
        **{f"{name}@1": [0, 0] for name in NAMES},
        # p: item 0 was done by 2 of 3 users; nobody did the others, which counts as one user: log2 3 each.
        "novelty@3": [log2(3), log2(3)],
        "novelty@1": [log2(3), log2(3)],
    }
    assert report.per_user.keys() == expected.keys()
    for name, values in expected.items():
        assert report.per_user[name] == pytest.approx(values), name
    assert report.coverage == {3: pytest.approx(5 / 6), 1: pytest.approx(2 / 6)}
    assert report.mean("recall@3") == pytest.approx(5 / 6)


def test_novelty_takes_the_given_popularity() -> None:
    truth = matrix([[0], [1], [], []], 3)
    report = judge([[3.0, 2.0, 1.0]] * 4, matrix([[], [], [], []], 3), truth, ks=(2,), popularity=np.array([4, 1, 2]))
    assert report.per_user["novelty@2"] == pytest.approx([1.0, 1.0])  # (0 + 2) / 2


@pytest.mark.parametrize("k", [1, 5, 20])
def test_as_pyg_computes_them(k: int) -> None:
    scores, seen, truth = random_case()
    report = judge(scores, seen, truth, ks=(k,))
    masked = scores.clone()
    masked[torch.from_numpy(seen.toarray() > 0)] = -float("inf")
    users = torch.from_numpy(report.users)
    top = masked[users].topk(k, dim=1).indices
    labels = torch.from_numpy(np.stack(truth[report.users].nonzero()).astype(np.int64))
    theirs = {
        "recall": LinkPredRecall(k),
        "precision": LinkPredPrecision(k),
        "hit": LinkPredHitRatio(k),
        "ndcg": LinkPredNDCG(k),
        "mrr": LinkPredMRR(k),
        "map": LinkPredMAP(k),
    }
    for name, metric in theirs.items():
        metric.update(top, labels)
        assert report.mean(f"{name}@{k}") == pytest.approx(float(metric.compute()), abs=1e-6), name
    coverage = LinkPredCoverage(k, scores.shape[1])
    coverage.update(top, labels)
    assert report.coverage[k] == pytest.approx(float(coverage.compute()))


def test_ndcg_of_each_user_as_torchmetrics_computes_it() -> None:
    scores, seen, truth = random_case(seed=3)
    report = judge(scores, seen, truth, ks=(10,))
    for user, found in zip(report.users, report.per_user["ndcg@10"], strict=True):
        open_ = torch.from_numpy(seen[[user]].toarray()[0] == 0)
        target = torch.from_numpy(truth[[user]].toarray()[0])
        theirs = retrieval_normalized_dcg(scores[user][open_], target[open_].long(), top_k=10)
        assert found == pytest.approx(float(theirs), abs=1e-6)


def test_the_perfect_ranking_scores_one_and_the_reversed_one_what_it_must() -> None:
    _, seen, truth = random_case(seed=1)
    perfect = judge(truth.toarray(), seen, truth, ks=(1, 5, 200))
    for name in ("ndcg", "mrr", "map", "hit"):
        for k in (1, 5, 200):
            assert perfect.per_user[f"{name}@{k}"] == pytest.approx(1), f"{name}@{k}"
    assert perfect.per_user["recall@200"] == pytest.approx(1)
    worst = judge(-truth.toarray(), seen, truth, ks=(5, 200))
    assert not any(worst.per_user[f"{name}@5"].any() for name in NAMES)
    n_open = 120 - np.diff(seen.indptr)[worst.users]
    n_truth = np.diff(truth.indptr)[worst.users]
    assert worst.per_user["mrr@200"] == pytest.approx(1 / (n_open - n_truth + 1))
    assert worst.per_user["recall@200"] == pytest.approx(1)


def test_any_order_preserving_change_of_scores_changes_nothing_and_the_block_neither() -> None:
    scores, seen, truth = random_case(seed=2)
    one = judge(scores, seen, truth)
    for other in (judge(scores / 7 - 3, seen, truth), *(judge(scores, seen, truth, block=b) for b in (1, 7, 1000))):
        assert other.coverage == one.coverage
        for name, values in one.per_user.items():
            assert np.array_equal(other.per_user[name], values), name


def test_recall_and_hit_grow_with_k() -> None:
    report = judge(*random_case(seed=4), ks=(1, 3, 10, 40, 120))
    for name in ("recall", "hit", "mrr"):
        table = np.stack([report.per_user[f"{name}@{k}"] for k in (1, 3, 10, 40, 120)])
        assert (np.diff(table, axis=0) >= 0).all()
    for values in report.per_user.values():
        assert np.isfinite(values).all()


def test_ties_give_no_item_an_advantage() -> None:
    n = 400
    truth = csr_array(np.eye(n, dtype=np.float32))
    none = csr_array((n, n), dtype=np.float32)
    same = judge(torch.zeros(n, n), none, truth, ks=(10,))
    assert same.mean("recall@10") == pytest.approx(10 / n), "everybody gets the same ten"
    hit = {int(user) for user in same.users[same.per_user["hit@10"] > 0]}
    assert hit != set(range(10)), "which are not the first ten"
    assert np.array_equal(
        judge(torch.zeros(n, n), none, truth, ks=(10,), block=3).per_user["hit@10"], same.per_user["hit@10"]
    )
    # Ties inside and at the edge of the list go by the same order, whoever else scores higher.
    ranked = torch.zeros(n, n)
    ranked[:, 5] = 1
    better = judge(ranked, none, truth, ks=(10,))
    assert {int(user) for user in better.users[better.per_user["hit@10"] > 0]} - {5} < hit | {5}
    assert better.per_user["mrr@10"][5] == 1


def test_what_is_seen_or_ruled_out_is_never_shown() -> None:
    seen = matrix([[0, 1, 2]], 5)
    report = judge([[9.0, 8.0, 7.0, 1.0, -float("inf")]], seen, matrix([[4]], 5), ks=(5,))
    assert report.coverage[5] == pytest.approx(1 / 5)
    assert report.mean("recall@5") == 0


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_scores_that_are_no_numbers_are_named(value: float) -> None:
    scores = np.zeros((2, 4))
    scores[1, 3] = value
    with pytest.raises(TrainingError, match=f"score of item 3 .row 1 .* is {value}"):
        judge(scores, matrix([[], [3]], 4), matrix([[0], [1]], 4))


def test_impossible_questions_are_refused() -> None:
    none = matrix([[], []], 4)
    with pytest.raises(GraphError, match="no user has a held-out pair"):
        judge(np.zeros((2, 4)), none, none)
    with pytest.raises(LeakageError, match=r"1 held-out pairs .* \(user 1, item 2\)"):
        judge(np.zeros((2, 4)), matrix([[0], [2]], 4), matrix([[1], [2, 3]], 4))
    with pytest.raises(TrainingError, match="shape"):
        judge(np.zeros((2, 3)), none, matrix([[1], [2]], 4))


def test_scores_are_left_as_they_were() -> None:
    scores, seen, truth = random_case()
    copy = scores.clone()
    evaluate(lambda users: scores[5:], seen[5:], truth[5:])
    assert torch.equal(scores, copy)


def test_the_interval_is_the_bootstraps() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(0.3, 0.1, 400)
    report = Report(np.arange(400), {"x": values}, {}, seed=0)
    low, high = report.interval("x")
    half = 1.96 * values.std() / 20  # the normal approximation, good at n = 400
    assert low == pytest.approx(values.mean() - half, abs=0.15 * half)
    assert high == pytest.approx(values.mean() + half, abs=0.15 * half)
    assert report.interval("x") == (low, high)
    assert Report(np.arange(400), {"x": values}, {}, seed=1).interval("x") != (low, high)
    wide = report.interval("x", level=0.99)
    assert wide[0] < low < high < wide[1]


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    covered = 0
    for seed in range(200):
        values = (rng.random(100) < 0.4).astype(float)
        low, high = Report(np.arange(100), {"x": values}, {}, seed=seed).interval("x")
        covered += low <= 0.4 <= high
    assert 0.88 <= covered / 200 <= 0.99


def test_pairing_users_narrows_the_difference() -> None:
    rng = np.random.default_rng(0)
    base = rng.random(300)
    one = Report(np.arange(300), {"x": base + 0.02 + rng.normal(0, 0.01, 300)}, {}, seed=0)
    other = Report(np.arange(300), {"x": base}, {}, seed=0)
    difference, low, high = paired_bootstrap(one, other, "x")
    assert difference == pytest.approx(0.02, abs=0.002)
    assert 0.017 < low < difference < high < 0.023
    assert one.interval("x")[0] < other.interval("x")[1], "unpaired intervals overlap"
    with pytest.raises(ValueError, match="same users"):
        paired_bootstrap(one, Report(np.arange(1, 301), {"x": base}, {}, seed=0), "x")


def test_report_as_plain_data() -> None:
    report = judge(*random_case(), ks=(10, 20))
    data = json.loads(json.dumps(report.to_dict()))
    assert data["users"] == len(report.users)
    assert data["coverage"] == {"10": report.coverage[10], "20": report.coverage[20]}
    assert data["metrics"].keys() == report.per_user.keys()
    for name, row in data["metrics"].items():
        assert row["mean"] == pytest.approx(report.mean(name))
        assert (row["low"], row["high"]) == pytest.approx(report.interval(name))


def test_sparse_input_of_any_form_is_the_same() -> None:
    scores, seen, truth = random_case()
    doubled = (np.tile(truth.data, 2), tuple(np.tile(x, 2) for x in truth.nonzero()))
    twice = csr_array(doubled, shape=truth.shape)
    noise = seen + csr_array(random_array(seen.shape, density=0.05, rng=np.random.default_rng(0)) * 0)
    one, other = judge(scores, seen, truth), judge(scores, noise, twice)
    for name, values in one.per_user.items():
        assert np.array_equal(other.per_user[name], values), name
