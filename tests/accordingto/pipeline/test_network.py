"""The learned extractor with the weights that ship: what it may never do, whatever the text is."""

import json
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from accordingto.attribution import ROLES, Attribution
from accordingto.pipeline.component import build_pipeline
from accordingto.pipeline.network.extractor import NetworkExtractor, make_network
from accordingto.pipeline.network.weights import (
    FILES,
    META,
    WEIGHTS,
    WeightsError,
    read_meta,
    sums_of,
)
from accordingto.text.normalise import GraphemeBoundaries, normalise_text

NETWORK = make_network(threads=1)

ARTICLE = (
    "The harbour bridge will close for a year, the city said on Monday.\n\n"
    "“It is old and it leaks,” said Ana Ortiz, who runs the harbour board. “We cannot wait.”\n\n"
    "According to a report by the board, repairs will cost nine million. Captain Jo Lund said "
    "that the ferry would run every hour, and added that children would travel free.\n\n"
    "Critics warned that the ferry is too small."
)


def find(text: str) -> list[Attribution]:
    return next(NETWORK.predict_texts([text]))


def words(text: str, attribution: Attribution) -> tuple[str, ...]:
    """Source, cue and content, pieces joined by a bar."""
    return tuple(
        "|".join(text[start:end] for start, end in attribution.pieces(role)) for role in ROLES
    )


def check(text: str, found: list[Attribution]) -> None:
    """What holds for the proposals on any text."""
    boundaries = GraphemeBoundaries(text)
    for attribution in found:
        assert attribution.cue
        assert attribution.content
        assert 0 <= attribution.confidence <= 1
        for role in ROLES:
            pieces = attribution.pieces(role)
            for start, end in pieces:
                assert 0 <= start < end <= len(text)
                assert text[start:end] == text[start:end].strip()
                assert start in boundaries
                assert end in boundaries
            for (_, end), (start, _) in pairwise(pieces):
                assert end <= start


def test_an_article() -> None:
    found = {words(ARTICLE, attribution) for attribution in find(ARTICLE)}
    assert ("the city", "said", "The harbour bridge will close for a year") in found
    assert ("Captain Jo Lund", "said", "that the ferry would run every hour") in found
    assert ("Captain Jo Lund", "added", "that children would travel free") in found
    assert ("Critics", "warned", "that the ferry is too small") in found
    quoted = [a for a in find(ARTICLE) if a.quote_type == "direct"]
    assert [words(ARTICLE, a)[2] for a in quoted] == ["“It is old and it leaks,”|“We cannot wait.”"]


WORDS = """
said told according to that who Ana Ortiz mayor , . “ ” " ' ’ : ; - — … ( ) [ ] and he it is
warned U.S. D.C. 🙂 👍🏽 👨‍👩‍👧 🇫🇷 x̂ é ”́ ́ ẑ ﬁ İ محمد قال הוא אמר कहा क्षि 한국 他说 &amp;
""".split()  # noqa: SIM905
# invisible, and white space of all sorts
WORDS += ["\u00a0", "\u200b", "\u200d", "\u200f", "\u2028", "\u3000", "\ufeff", "\u00ad", "\t"]
WORDS += ["\n", "\n\n", "said\u0301", "\u0085"]
MIXED = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=30).map("".join),
    st.text(max_size=40),
    st.tuples(
        st.sampled_from(WORDS), st.sampled_from(WORDS), st.sampled_from(["", " ", "\n", "“"])
    ).map(lambda t: f"{t[2]}Ana Ortiz{t[0]} said that it {t[1]} leaks{t[0]}.{t[1]}"),
)


@settings(max_examples=150, deadline=None)
@given(MIXED)
@example("She said that it leaks x̂.")
@example("“It leaks”̂ said Ortiz.")
@example("🙂 “It leaks 👍🏽,” she said.")
@example("한국 said 한국.")
def test_proposals_lie_on_the_text_whatever_it_is(raw: str) -> None:
    text = normalise_text(raw)
    check(text, find(text))
    # Nor does it need the form in which articles are stored.
    check(raw, find(raw))


def test_the_same_text_gives_the_same_each_time() -> None:
    assert find(ARTICLE) == find(ARTICLE)
    assert next(make_network(threads=2).predict_texts([ARTICLE])) == find(ARTICLE)


def test_the_other_texts_of_a_batch_change_nothing() -> None:
    texts = [ARTICLE, "", "She said that it leaks.", ARTICLE.upper(), "a", ARTICLE[:200], "🙂"]
    assert list(NETWORK.predict_texts(texts)) == [find(text) for text in texts]
    nlp = build_pipeline("network")
    for size in (1, 3, 7):
        docs = nlp.pipe(texts, batch_size=size)
        assert [doc._.attributions for doc in docs] == [find(text) for text in texts]


def test_proposals_come_while_the_articles_are_still_being_read() -> None:
    read = 0

    def endless() -> Iterator[str]:
        nonlocal read
        while True:
            read += 1
            yield ARTICLE

    nlp = build_pipeline("network")
    docs = nlp.pipe(endless(), batch_size=1000)
    for number in range(1, 4):
        assert next(docs)._.attributions == find(ARTICLE)
        assert read < number + 100


@pytest.mark.parametrize(
    "text",
    ["", "a", "“", ".", "🙂", "\u0301", " ", "\n\n", " \t\u00a0\u2028\n " * 50, "said", "…" * 300],
)
def test_next_to_nothing(text: str) -> None:
    assert find(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "- two eggs\n- a litre of milk\n- bread\n- 200 g of butter\n" * 10,
        "Name\tAge\tTown\nLund\t41\tOslo\nBrandt\t37\tKiel\nOrtiz\t58\tVigo\n" * 10,
        "| Year | Ships |\n|------|-------|\n| 2024 | 17 |\n| 2025 | 21 |\n" * 10,
        "他说这是一个测试。市长表示，桥梁将关闭。" * 10,
        "قال رئيس البلدية إن الجسر سيغلق غدا. " * 10,
        "Der Bürgermeister erklärte, der Steg sei alt und werde bald gesperrt. " * 10,
    ],
)
def test_outside_its_domain_it_proposes_little(text: str) -> None:
    found = find(text)
    check(text, found)
    assert len(found) <= 1


def test_headline_in_capitals() -> None:
    text = "MAYOR SAYS HARBOUR BRIDGE WILL CLOSE FOR REPAIRS"
    assert [words(text, a) for a in find(text)] == [
        ("MAYOR", "SAYS", "HARBOUR BRIDGE WILL CLOSE FOR REPAIRS")
    ]


def test_transcript() -> None:
    text = "SMITH: The ferry will not run on Sunday.\nLUND: Why is that?\nSMITH: The crew is ill."
    found = find(text)
    check(text, found)
    assert len(found) <= 3
    assert all(words(text, a)[0] in ("SMITH", "LUND") for a in found)


def test_right_to_left_names() -> None:
    text = "محمد الأحمد said that the bridge leaks 🙂."
    assert [words(text, a)[0] for a in find(text)] == ["محمد الأحمد"]


def test_a_long_text() -> None:
    paragraph = ARTICLE + "\n\n"
    text = paragraph * 25 + "no end " * 2_000 + "x" * 100_000 + " " * 80_000 + paragraph
    assert len(text) > 200_000
    found = find(text)
    check(text, found)
    assert found == sorted(found, key=lambda a: min((*a.source, *a.cue, *a.content)))


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A copy of the weights."""
    return Path(shutil.copytree(WEIGHTS, tmp_path / "weights"))


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"nowhere.meta\.json"):
        NetworkExtractor(tmp_path / "nowhere")


@pytest.mark.parametrize("name", [META, *FILES])
def test_a_missing_file(weights: Path, name: str) -> None:
    (weights / name).unlink()
    with pytest.raises(WeightsError, match=name):
        NetworkExtractor(weights)


@pytest.mark.parametrize("name", FILES)
def test_a_file_with_one_changed_byte(weights: Path, name: str) -> None:
    content = bytearray((weights / name).read_bytes())
    content[len(content) // 2] ^= 1
    (weights / name).write_bytes(content)
    with pytest.raises(WeightsError, match=name):
        NetworkExtractor(weights)


def exchange(folder: Path, name: str) -> None:
    """Exchange a file for another, and its sum in the description with it."""
    meta = json.loads((folder / META).read_text())
    (folder / name).write_bytes((folder / name).read_bytes() + b"\n")
    meta["sha256"] = {each: sums_of(folder)[each] for each in FILES}
    (folder / META).write_text(json.dumps(meta))


@pytest.mark.parametrize("name", [META, *FILES])
def test_weights_exchanged_with_their_description_are_noticed_by_sums_from_elsewhere(
    weights: Path, name: str
) -> None:
    known = sums_of(weights)
    if name == META:
        (weights / META).write_text((weights / META).read_text() + "\n")
    else:
        exchange(weights, name)
    read_meta(weights)  # compared with themselves they are fine
    with pytest.raises(WeightsError, match="corrupt"):
        NetworkExtractor(weights, sums=known)


@pytest.mark.parametrize("name", FILES)
def test_the_weights_that_ship_are_those_of_the_code(
    weights: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange(weights, name)
    monkeypatch.setattr("accordingto.pipeline.network.weights.WEIGHTS", weights)
    with pytest.raises(WeightsError, match="corrupt"):
        NetworkExtractor(weights)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"sha256": 3}', "\udcff", '{"sha256": {}}'])
def test_a_description_that_is_none(weights: Path, content: str) -> None:
    (weights / META).write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(WeightsError, match=r"meta\.json|model\.onnx"):
        NetworkExtractor(weights)


@pytest.mark.parametrize("key", ["version", "config", "decoder", "linker"])
def test_a_description_with_something_missing(weights: Path, key: str) -> None:
    meta = json.loads((weights / META).read_text())
    del meta[key]
    (weights / META).write_text(json.dumps(meta))
    with pytest.raises(WeightsError, match=r"meta\.json"):
        NetworkExtractor(weights)


def test_the_version_is_in_the_description() -> None:
    meta = json.loads((WEIGHTS / META).read_text())
    assert NETWORK.version == meta["version"] != ""


def test_a_headline_without_a_full_stop_is_no_part_of_the_content_below() -> None:
    text = (
        "Council weighs closing three libraries as budget gap widens\n\n"
        "The city may close three of its nine libraries this year, according to two officials."
    )
    found = [words(text, attribution) for attribution in find(text)]
    content = "The city may close three of its nine libraries this year"
    assert ("two officials", "according to", content) in found


@pytest.mark.parametrize("text", ["\n", "a\n", "a\nb", "Headline\n\n\n“", "He said\nso\nit is\n"])
def test_lines_without_a_full_stop_keep_their_offsets(text: str) -> None:
    check(text, find(text))
