"""How fast pre-labelling is, next to a BERT-base token classifier and a spaCy CNN pipeline.

    uv pip install onnx                 # writes the opponent's graph; nothing else here needs it
    python benchmarks/prelabel.py ARTICLES.jsonl[.gz] [--limit 40] [--threads 2] [--long] [--json]

Three contestants take turns over the same articles, on the same cores, in one process:

- ours: text in, linked attributions out, with tokens and sentences;
- a token classifier of BERT-base's shape (12 layers, 768 wide, 7 labels) in fp32 through ONNX
  Runtime, with fused operators, windows of up to 512 wordpieces batched by length, and an argmax.
  Its labels are not even joined to spans. The weights are random, which costs the same time;
- a spaCy pipeline of en_core_web_sm's shape, random too, as it comes: spaCy uses one core. It has
  the six components that spacy.load() gives (tok2vec 96 wide and 4 deep, tagger, parser,
  attribute ruler, lemmatizer, entity recogniser with its own tok2vec), of the sizes that are in
  that package's config.cfg, and an attribute ruler and a lemmatizer of plain tables.

The best of the rounds counts: what disturbs a measurement only ever slows it down. Words are what
white space separates. A fresh process also loads our pipeline and labels the articles: the seconds
from its start to its first labelled sentence, and its peak resident memory. `--long` labels single
texts of 1,000 to 100,000 words, made of the articles, each in a process of its own. Linux only.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import spacy
from spacy.language import Language
from spacy.lookups import Lookups
from tokenizers import Tokenizer
from tqdm import tqdm

from accordingto.pipeline.component import EXTRACTORS, build_pipeline
from accordingto.pipeline.network.session import onnxruntime  # with its telemetry off
from accordingto.pipeline.network.weights import WEIGHTS
from accordingto.pipeline.network.windows import load_tokenizer
from accordingto.records.article import RecordError, read_records

ROUNDS = 5
LONG = (1_000, 10_000, 100_000)  # words
FIRST_SENTENCE = "The board said that the pier was closed."

VOCABULARY, POSITIONS, WIDTH, LAYERS, HEADS, HIDDEN, LABELS = 30_522, 512, 768, 12, 12, 3072, 7
COARSE = ("NOUN", "VERB", "ADJ", "PROPN", "ADV", "DET", "ADP", "PUNCT", "PRON", "AUX")
NOUN_RULES = [["s", ""], ["ses", "s"], ["ies", "y"], ["ches", "ch"], ["shes", "sh"], ["men", "man"]]
VERB_RULES = [
    ["s", ""],
    ["ies", "y"],
    ["es", ""],
    ["ed", ""],
    ["ed", "e"],
    ["ing", ""],
    ["ing", "e"],
]
ADJECTIVE_RULES = [["er", ""], ["est", ""], ["er", "e"], ["est", "e"]]
# padded tokens in one batch; on two cores 512 to 4,096 do not differ by more than the noise
BERT_BATCH = 2_048


def read_texts(path: Path, limit: int) -> list[str]:
    """The texts of at most limit articles, spread over the file. Raises `ValueError`."""
    texts: list[str] = []
    for number, record in read_records(path, allow_unknown=True):
        if isinstance(record, RecordError):
            raise ValueError(f"line {number}: {record}")
        texts.append(record.text)
    step = max(1.0, len(texts) / limit)
    return [texts[int(at * step)] for at in range(min(limit, len(texts)))]


def count_words(texts: Sequence[str]) -> int:
    """Words, as white space separates them."""
    return sum(len(text.split()) for text in texts)


def attributions(nlp: Language, texts: Sequence[str]) -> int:
    """How many attributions our pipeline finds in the texts."""
    return sum(len(doc._.attributions) for doc in nlp.pipe(texts))


class BertBase:
    """A token classifier of BERT-base's shape with random weights, in fp32."""

    def __init__(self, tokenizer: Tokenizer, folder: Path, threads: int) -> None:
        path = folder / "bert-base.onnx"
        write_bert_base(path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self._session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = tokenizer
        self._edges: list[Any] = [tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")]

    def label(self, texts: Sequence[str]) -> int:
        """Labels every wordpiece of the texts; how many there were."""
        room = POSITIONS - 2
        windows: list[list[int]] = []
        for encoding in self._tokenizer.encode_batch(list(texts), add_special_tokens=False):
            ids = encoding.ids
            count = -(-len(ids) // room)
            cuts = [len(ids) * at // count for at in range(count + 1)] if count else []
            # even parts: attention costs the square of a window's length
            windows += [ids[a:b] for a, b in pairwise(cuts)]
        windows.sort(key=len)
        labelled, at = 0, len(windows)
        while at:  # from the longest, which decides the padding
            length = len(windows[at - 1]) + 2
            first = max(0, at - max(1, BERT_BATCH // length))
            labelled += self._label_batch(windows[first:at], length)
            at = first
        return labelled

    def _label_batch(self, windows: Sequence[list[int]], length: int) -> int:
        ids = np.zeros((len(windows), length), np.int32)
        for row, window in enumerate(windows):
            ids[row, : len(window) + 2] = [self._edges[0], *window, self._edges[1]]
        lengths = np.array([len(window) + 2 for window in windows], np.int32)
        (logits,) = self._session.run(["logits"], {"ids": ids, "lengths": lengths})
        labels = logits.argmax(axis=-1)
        return sum(
            len(row[1 : count - 1].tolist()) for row, count in zip(labels, lengths, strict=True)
        )


def write_bert_base(path: Path) -> None:
    """Writes the classifier's graph, with the fused operators that an optimiser would find."""
    from onnx import TensorProto, helper, numpy_helper, save  # noqa: PLC0415

    rng = np.random.default_rng(1)
    nodes: list[Any] = []
    tensors: list[Any] = []

    def constant(name: str, value: Any) -> str:
        tensors.append(numpy_helper.from_array(value, name))
        return name

    def weight(name: str, *shape: int) -> str:
        return constant(name, rng.standard_normal(shape, np.float32) * np.float32(0.02))

    def norm(name: str) -> list[str]:
        gain, shift = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)
        return [constant(f"{name}.gain", gain), constant(f"{name}.shift", shift)]

    def add(kind: str, name: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        nodes.append(helper.make_node(kind, inputs, [name], name, domain=domain, **attributes))
        return name

    def fused(kind: str, name: str, *inputs: str, **attributes: Any) -> str:
        return add(kind, name, *inputs, domain="com.microsoft", **attributes)

    def skip_norm(name: str, x: str, skip: str) -> str:
        bias = weight(f"{name}.bias", WIDTH)
        return fused("SkipLayerNormalization", name, x, skip, *norm(name), bias, epsilon=1e-12)

    words = add("Gather", "words", weight("words.table", VOCABULARY, WIDTH), "ids")
    zero, one = (constant(str(n), np.array([n], np.int64)) for n in (0, 1))
    length = add("Gather", "length", add("Shape", "shape", "ids"), one)
    places = add("Slice", "places", weight("places.table", POSITIONS, WIDTH), zero, length)
    x = add("Add", "embedded", words, places)
    x = add("LayerNormalization", "norm", x, *norm("embeddings"), epsilon=1e-12, axis=-1)
    for layer in map(str, range(LAYERS)):
        qkv = weight(f"{layer}.qkv", WIDTH, 3 * WIDTH), weight(f"{layer}.qkv.bias", 3 * WIDTH)
        mixed = fused("Attention", f"{layer}.attention", x, *qkv, "lengths", num_heads=HEADS)
        out = add("MatMul", f"{layer}.out", mixed, weight(f"{layer}.out.weight", WIDTH, WIDTH))
        x = skip_norm(f"{layer}.attended", out, x)
        up = add("MatMul", f"{layer}.up", x, weight(f"{layer}.up.weight", WIDTH, HIDDEN))
        up = fused("BiasGelu", f"{layer}.gelu", up, weight(f"{layer}.up.bias", HIDDEN))
        down = add("MatMul", f"{layer}.down", up, weight(f"{layer}.down.weight", HIDDEN, WIDTH))
        x = skip_norm(f"{layer}.fed", down, x)
    x = add("MatMul", "scores", x, weight("labels.weight", WIDTH, LABELS))
    add("Add", "logits", x, weight("labels.bias", LABELS))
    shape: list[Any] = ["batch", "length"]
    given = [
        helper.make_tensor_value_info("ids", TensorProto.INT32, shape),
        helper.make_tensor_value_info("lengths", TensorProto.INT32, shape[:1]),
    ]
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [*shape, LABELS])
    graph = helper.make_graph(nodes, "bert-base", given, [logits], tensors)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    save(helper.make_model(graph, opset_imports=opsets, ir_version=8), str(path))


def lemma_tables() -> Lookups:
    """The tables that spaCy's English lemmatizer asks for: a few rules, no exceptions."""
    rules = {"noun": NOUN_RULES, "verb": VERB_RULES, "adj": ADJECTIVE_RULES}
    lookups = Lookups()
    lookups.add_table("lemma_rules", rules)
    for name in ("lemma_index", "lemma_exc"):
        lookups.add_table(name, {coarse: {} for coarse in rules})
    return lookups


def build_spacy_cnn() -> Language:
    """A pipeline of en_core_web_sm's shape and numbers of labels, with random weights."""
    own = {
        "@architectures": "spacy.Tok2Vec.v2",
        "embed": {
            "@architectures": "spacy.MultiHashEmbed.v2",
            "width": 96,
            "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE"],
            "rows": [5000, 2500, 2500, 2500],
            "include_static_vectors": False,
        },
        "encode": {
            "@architectures": "spacy.MaxoutWindowEncoder.v2",
            "width": 96,
            "depth": 4,
            "window_size": 1,
            "maxout_pieces": 3,
        },
    }
    shared = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96, "upstream": "tok2vec"}
    tagger = {"@architectures": "spacy.Tagger.v2", "nO": None, "tok2vec": shared}
    transitions = {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "extra_state_tokens": False,
        "hidden_width": 64,
        "maxout_pieces": 2,
        "use_upper": True,
        "nO": None,
    }
    parser = transitions | {"state_type": "parser", "tok2vec": shared}
    ner = transitions | {"state_type": "ner", "tok2vec": own}
    nlp = spacy.blank("en")
    nlp.add_pipe("tok2vec", config={"model": own})
    for name, model, labels in (("tagger", tagger, 50), ("parser", parser, 45), ("ner", ner, 18)):
        pipe: Any = nlp.add_pipe(name, config={"model": model})
        for label in range(labels):
            pipe.add_label(f"{name}-{label}")
    nlp.initialize()
    # Output layers begin at zero, by which a parser would take the same step for ever.
    rng = np.random.default_rng(1)
    for _name, pipe in nlp.pipeline:
        for node in pipe.model.walk():
            for name in node.param_names:
                if node.has_param(name) and not node.get_param(name).any():
                    values = rng.standard_normal(node.get_param(name).shape, np.float32)
                    node.set_param(name, values * np.float32(0.1))
    ruler: Any = nlp.add_pipe("attribute_ruler", before="ner")
    for label in range(50):
        coarse = COARSE[label % len(COARSE)]
        ruler.add([[{"TAG": f"tagger-{label}"}]], {"POS": coarse})
    lemmatizer: Any = nlp.add_pipe("lemmatizer", before="ner", config={"mode": "rule"})
    lemmatizer.initialize(lookups=lemma_tables())
    return nlp


def compare(texts: Sequence[str], extractor: str, tokenizer: Path, threads: int) -> dict[str, Any]:
    """Words a second of the three, and how many times as fast ours is as the others."""
    ours, cnn = build_pipeline(extractor), build_spacy_cnn()
    with tempfile.TemporaryDirectory() as folder:
        bert = BertBase(load_tokenizer(tokenizer), Path(folder), threads)
    contestants: dict[str, Callable[[Sequence[str]], object]] = {
        "ours": lambda texts: attributions(ours, texts),
        "bert_base": bert.label,
        "spacy_cnn": lambda texts: sum(len(doc.ents) for doc in cnn.pipe(texts)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    turns = [name for _round in range(ROUNDS) for name in contestants]
    for run in contestants.values():
        run(texts[:2])
    for name in tqdm(turns, desc="Measuring", leave=False, disable=None):
        began = time.perf_counter()
        contestants[name](texts)
        seconds[name].append(time.perf_counter() - began)
    words = count_words(texts)
    speed = {name: words / min(taken) for name, taken in seconds.items()}
    return {
        "extractor": extractor,
        "threads": threads,
        "articles": len(texts),
        "words": words,
        "words_per_s": round(speed["ours"]),
        "bert_base_words_per_s": round(speed["bert_base"]),
        "spacy_cnn_words_per_s": round(speed["spacy_cnn"]),
        "ratio_to_bert_base": round(speed["ours"] / speed["bert_base"], 2),
        "ratio_to_spacy_cnn": round(speed["ours"] / speed["spacy_cnn"], 2),
        "seconds": {name: [round(s, 3) for s in taken] for name, taken in seconds.items()},
    }


def probe(extractor: str) -> None:
    """What a fresh process does: load, label the texts on standard input, print how that went."""
    nlp = build_pipeline(extractor)
    nlp(FIRST_SENTENCE)
    ready = time.monotonic()  # one clock for all processes
    texts = json.load(sys.stdin)
    began = time.monotonic()
    found = attributions(nlp, texts)
    seconds = time.monotonic() - began
    # Not getrusage's: that one starts from the peak of the process which started this one.
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    values = {"ready": ready, "seconds": seconds, "attributions": found}
    print(json.dumps(values | {"peak_kb": int(peak[1]) if peak else 0}))


def fresh_process(texts: Sequence[str], extractor: str) -> dict[str, Any]:
    """Load time (s), words a second and peak memory (MB) of a process that labels the texts."""
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603
        [sys.executable, __file__, "--probe", "--extractor", extractor, "-"],
        input=json.dumps(texts),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    values = json.loads(done.stdout)
    return {
        "load_s": round(values["ready"] - began, 2),
        "words_per_s": round(count_words(texts) / values["seconds"]),
        "peak_mb": round(values["peak_kb"] / 1024),
        "attributions": values["attributions"],
    }


def long_text(texts: Sequence[str], words: int) -> str:
    """One text of so many words: the articles one after another, again and again."""
    parts: list[str] = []
    missing = words
    for text in cycle(texts):
        ends = [match.end() for match in re.finditer(r"\S+", text)]
        if len(ends) >= missing:
            return "\n\n".join([*parts, text[: ends[missing - 1]]])
        parts.append(text)
        missing -= len(ends)
    raise ValueError("there are no articles")


def main() -> None:
    """Print the figures, as a table or as one line of JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("articles", type=Path, help="article JSONL, .gz too")
    parser.add_argument("--extractor", choices=sorted(EXTRACTORS), default="network")
    parser.add_argument("--limit", type=int, default=40, help="articles to take (40)")
    parser.add_argument("--threads", type=int, default=2, help="cores to use (2)")
    parser.add_argument(
        "--tokenizer",
        type=Path,
        default=WEIGHTS / "tokenizer.json",
        help="the opponent's wordpieces (our own)",
    )
    parser.add_argument("--long", action="store_true", help="also label texts of growing length")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--probe", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.probe:
        probe(options.extractor)
        return
    cores = sorted(os.sched_getaffinity(0))
    if not 1 <= options.threads <= len(cores):
        parser.error(f"--threads: there are {len(cores)} cores here")
    os.sched_setaffinity(0, cores[: options.threads])  # holds for the processes started here too
    texts = read_texts(options.articles, options.limit)
    if not count_words(texts):
        parser.error(f"{options.articles} has no words")
    fresh = fresh_process(texts, options.extractor)
    result = compare(texts, options.extractor, options.tokenizer, options.threads)
    result |= {"load_s": fresh["load_s"], "peak_mb": fresh["peak_mb"]}
    if options.long:
        steps = {str(n): fresh_process([long_text(texts, n)], options.extractor) for n in LONG}
        result["long"] = steps
    if options.json:
        print(json.dumps(result))
    else:
        report(result)


def report(result: dict[str, Any]) -> None:
    """Print the figures for people."""
    print(
        f"{result['articles']} articles, {result['words']:,} words, {result['threads']} threads,"
        f" best of {ROUNDS} rounds\n"
    )
    print(f"{'text to linked attributions, ' + result['extractor']:<42} {'words/s':>9} {'ours':>8}")
    print(f"{'ours':<42} {result['words_per_s']:>9,}")
    for key, name in (
        ("bert_base", "BERT-base token classifier, ONNX fp32"),
        ("spacy_cnn", "spaCy CNN of en_core_web_sm's shape"),
    ):
        speed, ratio = result[f"{key}_words_per_s"], result[f"ratio_to_{key}"]
        print(f"{name:<42} {speed:>9,} {ratio:>6.2f} x")
    print(f"\none process: ready after {result['load_s']} s, at most {result['peak_mb']} MB")
    for words, step in result.get("long", {}).items():
        print(
            f"one text of {int(words):>7,} words: {step['words_per_s']:>6,} words/s,"
            f" at most {step['peak_mb']} MB"
        )


if __name__ == "__main__":
    main()
