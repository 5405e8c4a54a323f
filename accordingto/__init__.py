"""Find attributions in news text: text in, linked sources, cues and contents out.

The library on which the site stands, and which can be used without it:

    import accordingto

    nlp = accordingto.load()
    nlp("Ana Lund said that the pier leaks.")._.attributions
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language

# ONNX Runtime sends usage data to its maker unless this is set before its first import. It is
# imported in this package only, so that all who load a network come by here first.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


def load(extractor: str = "network") -> Language:
    """Load the pipeline that comes along: tokens, sentences and attributions.

    ``extractor`` is ``network``, the learned one, or ``rules``. Raise ValueError for another name,
    and WeightsError where the network's weights are missing or corrupt.
    """
    # Here, so that who only reads records or normalises text does not wait for spaCy.
    from accordingto.pipeline.component import build_pipeline  # noqa: PLC0415

    return build_pipeline(extractor)
