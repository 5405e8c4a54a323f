"""Article JSONL files, away from any database: pre-labelled, or measured against gold ones."""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path
from typing import IO, Any, cast

from spacy.language import Language
from spacy.tokens import Doc

from accordingto.attribution import ROLES, Attribution, RolePieces
from accordingto.evaluation import Evaluation
from accordingto.files import draft_of
from accordingto.pipeline.sentences import sentence_offsets
from accordingto.records.article import (
    ARTICLE_KEYS,
    ArticleRecord,
    AttributionRecord,
    RecordError,
    parse_record,
    serialise,
)
from accordingto.records.jsonl import read_lines
from accordingto.records.limits import check_attributions
from accordingto.text.stretches import Stretches

type Progress = Callable[[], object]
"""Called after each article."""


class BadFileError(ValueError):
    """A file that cannot be used; the message names it, and the line where there is one."""


@dataclass(slots=True)
class OfflineSummary:
    """What became of a file. ``refused`` has line numbers, from 1, with reasons.

    ``replaced`` counts proposals of the input that gave way to new ones, ``kept`` the attributions
    that a person had approved or rejected. ``written`` is false if nothing was, because of
    ``refused``.
    """

    articles: int = 0
    attributions: int = 0
    replaced: int = 0
    kept: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    written: bool = False


def prelabel_file(
    source: Path,
    target: Path,
    nlp: Language,
    *,
    partial: bool = False,
    progress: Progress = lambda: None,
) -> OfflineSummary:
    """Write the articles of ``source`` to ``target`` with sentences and proposed attributions.

    Both are article JSONL; the source may be gzipped, the target is if its name ends in ``.gz``.
    What a person approved or rejected stays as it is and is not proposed again, nor is another
    reading of its cue. Unknown keys of an article are passed on behind the contract's own. If any
    line is refused nothing is written, unless ``partial``. The target appears whole or not at all,
    in place of a file of that name. Raises `OSError`, and `FileExistsError` where the target is
    the source or no regular file.
    """
    if target.exists() and (target.samefile(source) or not target.is_file()):
        raise FileExistsError(f"{target} is the input, or no file that can be replaced")
    summary = OfflineSummary()
    with draft_of(target) as draft:
        with _created(draft, zipped=target.suffix == ".gz") as stream:
            inputs = _readable(source, summary)
            for doc, (number, record, extra) in nlp.pipe(inputs, as_tuples=True):
                try:
                    labelled = _labelled(record, doc, nlp, summary)
                except RecordError as error:
                    summary.refused.append((number, str(error)))
                    continue
                line = serialise(labelled)
                if extra:
                    line = f"{line[:-1]}, {extra[1:]}"
                stream.write(f"{line}\n".encode())
                progress()
        summary.written = partial or not summary.refused
        if not summary.written:
            draft.unlink()
    return summary


@contextmanager
def _created(path: Path, *, zipped: bool) -> Iterator[IO[bytes]]:
    with path.open("wb") as file:
        if not zipped:
            yield file
            return
        # Neither name nor time inside, so that the same articles give the same bytes.
        with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as stream:
            yield cast("IO[bytes]", stream)


def proposal_id(attribution: Attribution | AttributionRecord) -> str:
    """A name for a proposal that is the same whenever the same pieces are proposed."""
    pieces = json.dumps([attribution.source, attribution.cue, attribution.content])
    return hashlib.sha256(pieces.encode()).hexdigest()[:16]


def _readable(
    source: Path, summary: OfflineSummary
) -> Iterator[tuple[str, tuple[int, ArticleRecord, str]]]:
    """The text of each good line, with the line's number, its record and its unknown keys as JSON,
    or "" if none.
    """
    for number, line in read_lines(source):
        try:
            if isinstance(line, RecordError):
                raise line
            record = parse_record(line, allow_unknown=True)
            unknown = {key: value for key, value in line.items() if key not in ARTICLE_KEYS}
            extra = _json(unknown) if unknown else ""
        except RecordError as error:
            summary.refused.append((number, str(error)))
        else:
            yield record.text, (number, record, extra)


def _json(values: dict[str, Any]) -> str:
    try:
        text = json.dumps(values, ensure_ascii=False, allow_nan=False)
        text.encode()
    except ValueError as error:  # half of a surrogate pair, or a number beyond all floats
        raise RecordError("unwritable") from error
    return text


def _labelled(
    record: ArticleRecord, doc: Doc, nlp: Language, summary: OfflineSummary
) -> ArticleRecord:
    """The record with its sentences and proposals. Raise RecordError where that makes it too large
    to be taken in again.
    """
    kept = [each for each in record.attributions if each.status != "proposed"]
    judged = {each.id for each in kept} | {proposal_id(each) for each in kept}
    judged_cues = Stretches(piece for each in kept for piece in each.cue)
    version = cast("Any", nlp.get_pipe("attribution")).version
    proposals = {
        proposal_id(attribution): AttributionRecord(
            source=attribution.source,
            cue=attribution.cue,
            content=attribution.content,
            id=proposal_id(attribution),
            quote_type=attribution.quote_type,
            confidence=round(attribution.confidence, 4),
            origin=f"model:{version}",
        )
        for attribution in doc._.attributions
        if not any(judged_cues.touch(start, end) for start, end in attribution.cue)
    }
    new = [proposal for key, proposal in proposals.items() if key not in judged]
    attributions = sorted(
        [*kept, *new], key=lambda each: min(each.source + each.cue + each.content)
    )
    check_attributions(attributions)
    sentences = tuple(sentence_offsets(doc))
    summary.articles += 1
    summary.attributions += len(new)
    summary.kept += len(kept)
    summary.replaced += len(record.attributions) - len(kept)
    return replace(record, sentences=sentences, attributions=tuple(attributions))


def evaluate_file(gold: Path, nlp: Language, progress: Progress = lambda: None) -> Evaluation:
    """Measure a pipeline on the texts of a gold file. Raises `OSError` and `BadFileError`.

    Attributions that are marked as rejected count on neither side, here and in `compare_files`.
    """
    texts = ((record.text, record) for _number, record in _gold(gold))
    labelled = nlp.pipe(texts, as_tuples=True)
    return _evaluation(gold, ((record, doc._.attributions) for doc, record in labelled), progress)


def compare_files(gold: Path, predicted: Path, progress: Progress = lambda: None) -> Evaluation:
    """Measure the attributions of one file against another's, which has the same articles in the
    same order. Raises `OSError` and `BadFileError`.
    """
    return _evaluation(gold, _pairs(gold, predicted), progress)


def _evaluation(
    gold: Path, pairs: Iterable[tuple[ArticleRecord, Iterable[RolePieces]]], progress: Progress
) -> Evaluation:
    evaluation = Evaluation()
    for record, attributions in pairs:
        evaluation.add(record.text, attributions, record.attributions)
        progress()
    if not evaluation.articles:
        raise BadFileError(f"{gold} has no articles.")
    return evaluation


def _pairs(gold: Path, predicted: Path) -> Iterator[tuple[ArticleRecord, Iterable[RolePieces]]]:
    for expected, found in zip_longest(_gold(gold), _gold(predicted)):
        if expected is None or found is None:
            raise BadFileError(f"{gold} and {predicted} have different numbers of articles.")
        (line, record), (other, prediction) = expected, found
        if record.text != prediction.text:
            raise BadFileError(
                f"The texts differ: {gold}, line {line}, and {predicted}, line {other}."
            )
        yield record, prediction.attributions


def _gold(path: Path) -> Iterator[tuple[int, ArticleRecord]]:
    """Texts and the attributions on them; whatever else the lines hold is left aside."""
    for number, line in read_lines(path):
        try:
            if isinstance(line, RecordError):
                raise line
            record = parse_record(_bare(line))
        except RecordError as error:
            raise BadFileError(f"{path}, line {number}: {error}") from error
        yield number, record


def _bare(line: Any) -> Any:
    if not isinstance(line, dict) or not isinstance(line.get("attributions", []), list):
        return line
    attributions = [
        {role: each.get(role) for role in ROLES} if isinstance(each, dict) else each
        for each in line.get("attributions", [])
        if not (isinstance(each, dict) and each.get("status") == "rejected")
    ]
    return {"text": line.get("text"), "attributions": attributions}
