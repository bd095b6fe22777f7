"""Write the pictures of the page in ``docs/images``: the path of a first-time visitor.

``python -m tests.pictures http://127.0.0.1:8000`` looks at a running service of the made catalogue of ``graphrec
quickstart``, on which a second training was published, and the first again; all pictures in it are graphrec's own.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from tests.web_browser import WebBrowser, browsing

FOLDER = Path(__file__).parents[1] / "docs" / "images"
#: Name → address, height, and what to wait for.
STEPS = {
    "page-overview": ("#/", 1090, "main .schema"),
    "page-user": ("#/user/u001?like=i176&search=a%20murder%20in%20the%20rain", 900, ".moved"),
    "page-why": ("#/user/u001/why/i013", 900, "dialog .shares"),
    "page-compare": ("#/user/u001/compare", 860, ".ranked"),
    "page-item": ("#/item/i013", 900, "#neighbours .strip"),
    "page-search": ("#/search?q=a%20murder%20in%20the%20rain&by=text", 760, ".card"),
    "page-work": ("#/work", 620, ".jobs"),
}
WIDTH, LARGEST = 1200, 150_000


def main(address: str) -> None:
    """Write them."""
    with tempfile.TemporaryDirectory() as profile, browsing(Path(profile)) as browser:
        for name, (view, height, ready) in STEPS.items():
            browser.devtools(
                "Emulation.setDeviceMetricsOverride", width=WIDTH, height=height, deviceScaleFactor=1, mobile=False
            )
            browser.open("about:blank")
            browser.open(f"{address.rstrip('/')}/{view}")
            _wait(browser, ready)
            browser.screenshot(FOLDER / f"{name}.png")
            _shrink(FOLDER / f"{name}.png")


def _wait(browser: WebBrowser, css: str) -> None:
    waits = "document.querySelector('.loading, [aria-busy=true]')"
    browser.wait_for(f"return document.querySelector({css!r}) && !{waits}")
    time.sleep(1.5)  # for pictures, which come later


def _shrink(file: Path) -> None:
    """Store a picture with fewer colours, or smaller, until it is small."""
    picture = Image.open(file).convert("RGB")
    for colours, share in ((256, 1.0), (256, 0.85), (256, 0.7), (128, 0.7), (64, 0.6)):
        size = round(picture.width * share), round(picture.height * share)
        smaller = picture.resize(size, Image.Resampling.LANCZOS)
        held = io.BytesIO()
        smaller.quantize(colours, dither=Image.Dither.NONE).save(held, "PNG", optimize=True)
        if held.tell() < LARGEST:
            break
    file.write_bytes(held.getvalue())


if __name__ == "__main__":
    main(sys.argv[1])
