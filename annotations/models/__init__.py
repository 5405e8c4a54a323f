"""Annotations: attributions as a machine proposed them and people judged them, and every decision.

Every change goes through ``annotations.actions`` (people) or ``annotations.prelabelling``
(machines).
"""

from annotations.models.annotation import Annotation, Span
from annotations.models.decision import Clearing, Decision
from annotations.models.keymap import Keymap
from annotations.models.prelabel_run import PrelabelRun
from annotations.models.review_policy import ReviewPolicy
from annotations.models.second_review import Adjudication, SecondReview
from annotations.models.source import Source, SourceAlias, SourceChange
from annotations.models.trained_weights import TrainedWeights

__all__ = [
    "Adjudication",
    "Annotation",
    "Clearing",
    "Decision",
    "Keymap",
    "PrelabelRun",
    "ReviewPolicy",
    "SecondReview",
    "Source",
    "SourceAlias",
    "SourceChange",
    "Span",
    "TrainedWeights",
]
