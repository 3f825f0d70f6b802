"""Weights: what there is (`catalogue.toml`), where it comes from, and whether it is here.

`<models_dir>/<asset>/` holds an asset's files and, once every one of them was verified, the stamp
`.verified`. Nothing here imports Django or an app.
"""

from audio_api.assets.fetching import FetchError, fetch
from audio_api.assets.listing import Asset, catalogue, default_assets
from audio_api.assets.store import asset_path, verify
from audio_api.assets.workspace import Progress

__all__ = [
    "Asset",
    "FetchError",
    "Progress",
    "asset_path",
    "catalogue",
    "default_assets",
    "fetch",
    "verify",
]
