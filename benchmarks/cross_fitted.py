"""What the weights that ship are worth on articles that nothing of them was fitted on.

python benchmarks/cross_fitted.py GOLD.jsonl[.gz]

The network never saw the file on which its decoder was fitted, but the decoder did. Here the
decoder is fitted five times, each time without the fifth of the file's articles that is judged by
it. Turns of transcripts, which are read by rule, are left out. Takes a minute or two.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from accordingto.pipeline.network.linking import LinkWeights
from accordingto.pipeline.network.session import Runner, Settings
from accordingto.pipeline.network.weights import WEIGHTS, read_meta
from accordingto.pipeline.network.windows import load_tokenizer
from accordingto.training.data import prepare, read
from accordingto.training.finish import evaluate_and_fit, held_out


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("gold", type=Path, help="article JSONL with attributions, .gz too")
    records = read(parser.parse_args().gold)
    meta = read_meta(WEIGHTS)
    settings, linker = Settings(**meta["config"]), meta["linker"]
    links = LinkWeights(
        np.array(linker["places"], np.float32),
        np.array(linker["no_source"], np.float32),
        float(linker["no_source_bias"]),
    )
    widths = np.array(meta["decoder"]["widths"], np.float32)
    tokenizer = load_tokenizer(WEIGHTS / "tokenizer.json")
    examples = [prepare(record, tokenizer, settings.window) for record in records]
    runner = Runner(WEIGHTS / "model.onnx", widths, settings)
    metrics, _decoder = evaluate_and_fit(held_out(runner, records, examples), links)
    print(json.dumps(metrics, indent=1))


if __name__ == "__main__":
    main()
