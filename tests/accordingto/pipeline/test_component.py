"""The spaCy pipeline: what it leaves on a document, and that it travels."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
import spacy
from spacy.tokens import Doc, DocBin
from spacy.training import Example

import accordingto
from accordingto.attribution import Attribution
from accordingto.pipeline.component import AttributionComponent, build_pipeline
from accordingto.pipeline.network.extractor import NetworkExtractor
from accordingto.pipeline.network.weights import WEIGHTS, WeightsError

TEXT = "The board said that the pier leaks. “It is old,” the board said."


def test_spans_are_the_pieces_of_each_role() -> None:
    doc = build_pipeline("rules")(TEXT)
    assert [span.text for span in doc.spans["source"]] == ["The board", "the board"]
    assert [span.text for span in doc.spans["cue"]] == ["said", "said"]
    assert [span.text for span in doc.spans["content"]] == ["that the pier leaks", "“It is old,”"]
    scores = doc.spans["content"].attrs["scores"]
    assert list(scores) == pytest.approx([each.confidence for each in doc._.attributions])


def test_a_loaded_pipeline_finds_the_same(tmp_path: Path) -> None:
    """In a process of its own, which knows the parts by the installed package's entry points."""
    nlp = build_pipeline("rules")
    nlp.to_disk(tmp_path)
    code = "import spacy, sys; print(spacy.load(sys.argv[1])(sys.argv[2])._.attributions)"
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path, TEXT],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == repr(nlp(TEXT)._.attributions)
    assert "said" in TEXT[slice(*nlp(TEXT)._.attributions[0].cue[0])]


def test_a_pipeline_from_bytes_finds_the_same() -> None:
    nlp = build_pipeline("rules")
    again = build_pipeline("rules").from_bytes(nlp.to_bytes())
    assert again(TEXT)._.attributions == nlp(TEXT)._.attributions


def test_the_network_is_what_a_pipeline_of_ones_own_gets() -> None:
    nlp = spacy.blank("en")
    component = nlp.add_pipe("attribution")
    assert component.version == accordingto.load().get_pipe("attribution").version  # type: ignore[attr-defined]
    assert nlp(TEXT)._.attributions == accordingto.load()(TEXT)._.attributions != []


def test_another_extractor_is_asked_for_by_name() -> None:
    assert accordingto.load("rules").get_pipe("attribution").version == "rules-1"  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="guesses"):
        accordingto.load("guesses")


@pytest.fixture
def other_weights(tmp_path: Path) -> Path:
    """The weights that ship under another version, as if somebody had trained them."""
    folder = Path(shutil.copytree(WEIGHTS, tmp_path / "mine"))
    meta = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps(meta | {"version": "mine-1"}))
    return folder


def test_a_saved_pipeline_carries_its_weights_wherever_it_goes(
    tmp_path: Path, other_weights: Path
) -> None:
    nlp = accordingto.load()
    nlp.get_pipe("attribution").from_disk(other_weights)  # type: ignore[attr-defined]
    nlp.to_disk(tmp_path / "saved")
    (tmp_path / "saved").rename(tmp_path / "moved")
    shutil.rmtree(other_weights)

    moved = spacy.load(tmp_path / "moved")
    assert moved.get_pipe("attribution").version == "mine-1"  # type: ignore[attr-defined]
    assert moved.max_length == nlp.max_length > 10**6
    assert moved(TEXT)._.attributions == nlp(TEXT)._.attributions != []
    for name in ("config.cfg", "meta.json"):
        written = (tmp_path / "moved" / name).read_text()
        assert str(tmp_path) not in written
        assert str(WEIGHTS.parent) not in written


def test_a_pipeline_is_saved_where_it_was_loaded_from(tmp_path: Path, other_weights: Path) -> None:
    nlp, folder = accordingto.load(), tmp_path / "saved"
    nlp.get_pipe("attribution").from_disk(other_weights)  # type: ignore[attr-defined]
    nlp.to_disk(folder)
    spacy.load(folder).to_disk(folder)
    assert spacy.load(folder).get_pipe("attribution").version == "mine-1"  # type: ignore[attr-defined]


def test_weights_that_changed_since_are_not_saved(tmp_path: Path, other_weights: Path) -> None:
    extractor = NetworkExtractor(other_weights)
    shutil.copytree(WEIGHTS, other_weights, dirs_exist_ok=True)
    with pytest.raises(WeightsError, match="mine"):
        extractor.to_disk(tmp_path / "saved")
    assert not (tmp_path / "saved").exists()


def test_batches_give_what_single_texts_give() -> None:
    nlp = build_pipeline("rules")
    texts = [TEXT, "", "She said that it leaks.", "Nothing."]
    together = [doc._.attributions for doc in nlp.pipe(texts, batch_size=2)]
    assert together == [nlp(text)._.attributions for text in texts]


def test_attributions_survive_a_document_on_disk() -> None:
    nlp = build_pipeline("rules")
    doc = nlp(TEXT)
    stored = DocBin(docs=[doc], store_user_data=True).to_bytes()
    restored = next(DocBin().from_bytes(stored).get_docs(nlp.vocab))
    assert restored._.attributions == doc._.attributions


class _Fixed:
    """An extractor whose pieces cut through tokens."""

    version = "fixed-1"

    def predict(self, docs: Iterable[Doc]) -> list[list[Attribution]]:
        found = Attribution(((0, 2), (4, 5)), ((6, 8),), ((9, 12),), "direct", 0.5)
        return [[found, found] for _doc in docs]


def test_pieces_inside_tokens_widen_only_in_the_spans() -> None:
    doc = Doc(spacy.blank("en").vocab, words=["abc", "de", "fgh", "ijk"])
    component = AttributionComponent("attribution", _Fixed())
    predictions = list(component.predict([doc]))
    assert "source" not in doc.spans
    component.set_annotations([doc], predictions)
    assert [span.text for span in doc.spans["source"]] == ["abc", "de"]
    assert doc._.attributions == predictions[0]
    assert component.version == "fixed-1"


def test_score_compares_with_the_reference() -> None:
    nlp = build_pipeline("rules")
    right, wrong = nlp(TEXT), nlp(TEXT)
    wrong._.attributions = wrong._.attributions[:1]
    scores = nlp.get_pipe("attribution").score([Example(right, wrong)])["attributions"]  # type: ignore[attr-defined]
    assert scores["linked"]["exact"]["precision"] == 0.5
    assert scores["linked"]["exact"]["recall"] == 1.0


def test_spacy_evaluates_and_weighs_whole_attributions() -> None:
    nlp = build_pipeline("rules")
    gold = nlp(TEXT)
    gold._.attributions = gold._.attributions[:1]
    scores = nlp.evaluate([Example(nlp.make_doc(TEXT), gold)])
    assert scores["attributions_linked_p"] == 0.5
    assert scores["attributions_linked_r"] == 1.0
    assert scores["attributions_source_f"] == pytest.approx(2 / 3)
    weights = nlp.config["training"]["score_weights"]
    assert weights["attributions_linked_f"] == 1.0
    assert weights.keys() <= scores.keys()
