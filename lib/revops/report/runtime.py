"""The chart runtime of a page: Vega and Vega-Lite inlined once, charts laid for the width they get."""

import os
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path

VEGA_LITE = "6.4"
FOLDER = Path(__file__).with_name("js")


@cache
def script() -> str:
    """Both script tags; `</script` inside the runtime is escaped so that it cannot end its tag."""
    return f"<script>{_safe(_bundle())}</script><script>{_safe(_laying())}</script>"


def _bundle() -> str:
    """vl-convert's bundle of Vega, Vega-Lite and vega-embed: 3 s to build, so kept on disk by version."""
    import vl_convert

    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "revops"
    path = folder / f"vega-embed-{version('vl-convert-python')}-{VEGA_LITE}.js"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    text = str(vl_convert.javascript_bundle("window.vegaEmbed=vegaEmbed", vl_version=VEGA_LITE))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as partial:
            partial.write(text)
        os.replace(partial.name, path)
    except OSError:
        pass  # no cache folder: the bundle is only built again next time
    return text


def _laying() -> str:
    return (FOLDER / "charts.js").read_text(encoding="utf-8")


def _safe(text: str) -> str:
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--")
