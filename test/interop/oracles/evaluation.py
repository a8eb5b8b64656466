"""Makes test/fixtures/evaluation/metrics.json: metrics by scikit-learn, DeLong by its definition, on seeded rows.

Run: python test/interop/oracles/evaluation.py > test/fixtures/evaluation/metrics.json   (numpy, scikit-learn)
"""

import json

import numpy as np
from sklearn import metrics as m


def ece(label, score, bins=15):
    order = np.argsort(-score, kind="stable")
    parts = np.array_split(np.arange(len(order)), bins)
    assert len({len(p) for p in parts}) == 1
    return sum(abs(label[order[p]].sum() - score[order[p]].sum()) for p in parts) / len(order)


def placements(label, score):
    pos, neg = score[label == 1], score[label == 0]
    psi = (pos[:, None] > neg[None, :]) + 0.5 * (pos[:, None] == neg[None, :])
    return psi.mean(1), psi.mean(0)


def delong(label, a, b):
    (v10a, v01a), (v10b, v01b) = placements(label, a), placements(label, b)
    s10, s01 = np.cov(v10a, v10b), np.cov(v01a, v01b)
    cov = s10 / len(v10a) + s01 / len(v01a)
    return {
        "aucA": v10a.mean(),
        "aucB": v10b.mean(),
        "varianceA": cov[0, 0],
        "varianceB": cov[1, 1],
        "varianceDifference": cov[0, 0] + cov[1, 1] - 2 * cov[0, 1],
    }


def main():
    rng = np.random.default_rng(7)
    n = 300
    label = (rng.random(n) < 0.35).astype(float)
    noise = rng.normal(size=n)
    a = 1 / (1 + np.exp(-(1.4 * label - 1 + noise)))
    b = np.round(1 / (1 + np.exp(-(0.7 * label - 1 + rng.normal(size=n)))), 2)  # ties
    weight = rng.integers(0, 4, n).astype(float)
    hard = (a >= 0.5).astype(float)
    binary = {}
    for name, w in (("ones", None), ("weighted", weight)):
        binary[name] = {
            "roc-auc": m.roc_auc_score(label, b, sample_weight=w),
            "average-precision": m.average_precision_score(label, b, sample_weight=w),
            "log-loss": m.log_loss(label, a, sample_weight=w),
            "brier": m.brier_score_loss(label, a, sample_weight=w),
            "accuracy": m.accuracy_score(label, hard, sample_weight=w),
            "balanced-accuracy": m.balanced_accuracy_score(label, hard, sample_weight=w),
            "precision": m.precision_score(label, hard, sample_weight=w),
            "recall": m.recall_score(label, hard, sample_weight=w),
            "f1": m.f1_score(label, hard, sample_weight=w),
            "mcc": m.matthews_corrcoef(label, hard, sample_weight=w),
            "macro-f1": m.f1_score(label, hard, average="macro", sample_weight=w),
        }
    binary["ones"]["ece"] = ece(label, a)
    binary["ones"]["observed-to-expected"] = label.sum() / a.sum()
    truth = rng.normal(size=n) * 3 + 10
    guess = truth + rng.normal(size=n)
    regression = {
        "mae": m.mean_absolute_error(truth, guess, sample_weight=weight),
        "rmse": m.root_mean_squared_error(truth, guess, sample_weight=weight),
        "mape": m.mean_absolute_percentage_error(truth, guess, sample_weight=weight),
        "r2": m.r2_score(truth, guess, sample_weight=weight),
    }
    classes = rng.integers(0, 4, n).astype(float)
    predicted = np.where(rng.random(n) < 0.6, classes, rng.integers(0, 4, n)).astype(float)
    multiclass = {
        "accuracy": m.accuracy_score(classes, predicted, sample_weight=weight),
        "balanced-accuracy": m.balanced_accuracy_score(classes, predicted, sample_weight=weight),
        "macro-f1": m.f1_score(classes, predicted, average="macro", sample_weight=weight),
    }
    rows = {"label": label, "a": a, "b": b, "weight": weight, "truth": truth, "guess": guess, "classes": classes, "predicted": predicted}
    out = {
        "rows": {k: v.tolist() for k, v in rows.items()},
        "binary": binary,
        "regression": regression,
        "multiclass": multiclass,
        "delong": delong(label, a, b),
    }
    print(json.dumps(out))


main()
