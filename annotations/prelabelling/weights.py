"""Which weights pre-label: those that ship, or trained ones that are known here.

The sums of trained ones stand in the database, not beside the files: who exchanges those could
exchange the sums there as well.
"""

import getpass
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from accordingto.pipeline.network.weights import WeightsError, read_meta, sums_of
from annotations.models import TrainedWeights


def register(folder: Path) -> TrainedWeights:
    """Have the weights of the folder, as they are now, known here.

    Raise WeightsError for a folder without whole weights, or whose version is known with others.
    """
    version, sums = str(read_meta(folder)["version"]), sums_of(folder)
    weights, _created = TrainedWeights.objects.get_or_create(
        version=version, defaults={"sums": sums, "by_name": getpass.getuser()}
    )
    if weights.sums != sums:
        raise WeightsError(
            f"Other weights are known here as {version}, since {weights.at:%Y-%m-%d}. Train with"
            " another --name."
        )
    return weights


def trained() -> tuple[Path, Mapping[str, str]] | None:
    """The folder of the trained weights that the settings name, and the sums that they must have;
    None where those that ship are used.

    Raise WeightsError where the folder's files are not known here.
    """
    if not settings.WEIGHTS:
        return None
    folder = Path(settings.WEIGHTS).resolve()
    found = TrainedWeights.objects.filter(sums=sums_of(folder)).first()
    if found is None:
        raise WeightsError(
            f"The weights in {folder} are not known here, or have changed since they were. If they"
            f" are yours: manage.py register_weights {folder}"
        )
    return folder, found.sums
