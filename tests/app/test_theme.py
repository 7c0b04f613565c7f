"""The colours can be read: AA contrast in light and in dark, and nothing is fetched from elsewhere."""

import tomllib
from pathlib import Path

import pytest

CONFIG = Path(__file__).parents[2] / ".streamlit" / "config.toml"
SETTINGS = tomllib.loads(CONFIG.read_text("utf-8"))
READ = 4.5
SEEN = 3.0


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_is_readable_on_every_ground(mode):
    theme = SETTINGS["theme"][mode]
    grounds = [theme["backgroundColor"], theme["secondaryBackgroundColor"]]
    grounds += [theme["sidebar"]["backgroundColor"], theme["sidebar"]["secondaryBackgroundColor"]]
    pairs = [(theme["textColor"], ground) for ground in grounds]
    pairs += [(theme["linkColor"], ground) for ground in grounds]
    pairs += [("#ffffff", theme["primaryColor"])]
    pairs += [(theme["dataframeHeaderTextColor"], theme["dataframeHeaderBackgroundColor"])]
    for name in ("green", "orange", "yellow", "red", "gray", "blue", "violet"):
        pairs += [
            (theme[f"{name}TextColor"], ground) for ground in [*grounds[:2], theme[f"{name}BackgroundColor"]]
        ]
    assert [(pair, round(contrast(*pair), 2)) for pair in pairs if contrast(*pair) < READ] == []


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_marks_and_main_lines_stand_out(mode):
    theme = SETTINGS["theme"][mode]
    marks = [theme[f"{name}Color"] for name in ("green", "orange", "red", "gray", "blue", "primary")]
    marks += theme["chartCategoricalColors"][:2]
    assert [m for m in marks if contrast(m, theme["backgroundColor"]) < SEEN] == []


def test_nothing_is_fetched_from_elsewhere_and_only_this_machine_is_served():
    assert "://" not in CONFIG.read_text("utf-8")
    assert SETTINGS["server"]["address"] == "127.0.0.1"
    assert SETTINGS["browser"]["gatherUsageStats"] is False
