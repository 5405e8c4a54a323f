"""The scores that spaCy shows for the component: the counts of `accordingto.evaluation`."""

from collections.abc import Callable, Iterable
from typing import Any

from spacy.training import Example
from spacy.util import registry

from accordingto.evaluation import Evaluation

type Scorer = Callable[..., dict[str, Any]]

SCORER = "accordingto.attribution_scorer.v1"
SCORE_WEIGHTS: dict[str, float | None] = {
    "attributions_linked_f": 1.0,
    "attributions_linked_relaxed_f": 0.0,
    "attributions_source_f": 0.0,
    "attributions_cue_f": 0.0,
    "attributions_content_f": 0.0,
}
"""What spaCy chooses a pipeline by: whole attributions. The others it only shows."""


def score_attributions(examples: Iterable[Example], **_: Any) -> dict[str, Any]:
    """Score ``doc._.attributions`` against those of the references.

    ``attributions`` has everything that was counted; ``attributions_linked_p``, ``_r`` and ``_f``
    and the like are exact precision, recall and F1, 0 to 1, as spaCy's own scores are.
    """
    evaluation = Evaluation()
    for example in examples:
        evaluation.add(
            example.reference.text,
            example.predicted._.attributions,
            example.reference._.attributions,
        )
    scores: dict[str, Any] = {"attributions": evaluation.as_dict()}
    counted = [
        ("linked", evaluation.linked_exact),
        ("linked_relaxed", evaluation.linked_relaxed),
        *evaluation.exact.items(),
    ]
    for name, counts in counted:
        scores[f"attributions_{name}_p"] = counts.precision
        scores[f"attributions_{name}_r"] = counts.recall
        scores[f"attributions_{name}_f"] = counts.f1
    return scores


@registry.scorers(SCORER)  # type: ignore[untyped-decorator]
def make_scorer() -> Scorer:
    """Hand spaCy's configuration the scorer."""
    return score_attributions
