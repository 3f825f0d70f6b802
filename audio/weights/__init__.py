"""Weights: what there is (`catalogue.toml`), where it comes from, and whether it is here.

`<models_dir>/<asset>/` holds an asset's files and, once every one of them was verified, the stamp
`.verified`. Nothing here imports Django or an app.
"""

from audio.weights.fetching import FetchError, fetch
from audio.weights.listing import Asset, catalogue, default_assets
from audio.weights.store import asset_path, verify
from audio.weights.workspace import FetchStep

__all__ = [
    "Asset",
    "FetchError",
    "FetchStep",
    "asset_path",
    "catalogue",
    "default_assets",
    "fetch",
    "verify",
]
