"""Statistics as one HTML file with charts, which needs nothing else: no scripts, no fonts, no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files

from ragkit.data.statistics.collecting import FileStatistics, Statistics, mixes
from ragkit.data.statistics.leakage import Leak

_PLOT, _FOOT = 120, 18
_ROW = 20


def statistics_page(statistics: Statistics) -> str:
    """The page: a section for each file, and a table of what files share."""
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    body = "\n".join(map(_file, statistics.files)) + _leaks(statistics)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">\n"
        f"<title>ragkit data stats</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        f"<h1><b>rag</b>kit data stats</h1>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _file(file: FileStatistics) -> str:
    copies = file.same + file.alike
    tiles = {
        "texts": f"{file.texts:,}",
        "words": f"{file.words:,}",
        "median length": f"{file.percentile(0.5):,}",
        "95 % within": f"{file.percentile(0.95):,}",
        "copies": f"{copies:,} <small>{_percent(copies, file.texts)}</small>",
        "not readable": f"{file.lines.bad:,}",
    }
    shown = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in tiles.items())
    mix = mixes(file)
    languages = {name or "none": count for name, count in file.languages.most_common(12)}
    parts = [
        f"<h3>Words of a text</h3>{lengths_svg(file.bins())}",
        f"<h3>Languages</h3>{shares_svg(languages)}",
        f"<h3>Mix</h3>{shares_svg(mix)}" if mix else "",
    ]
    return (
        f'<section><h2>{escape(str(file.path))}</h2><dl class="tiles">{shown}</dl>'
        f'<div class="charts">{"".join(f"<div>{part}</div>" for part in parts if part)}</div></section>'
    )


def lengths_svg(bins: Sequence[tuple[int, int, int]]) -> str:
    """A column for each doubling of the length."""
    most = max((texts for *_, texts in bins), default=0)
    if not most:
        return "<p>no texts</p>"
    width = 100 / len(bins)
    parts = []
    for place, (low, high, texts) in enumerate(bins):
        height = _PLOT * texts / most
        name = f"{low:,}" if high - low <= 1 else f"{low:,} to {high - 1:,}"
        parts.append(
            f'<rect class="bar" x="{place * width + 0.06 * width:.2f}%" y="{_PLOT - height:.1f}" '
            f'width="{0.88 * width:.2f}%" height="{height:.1f}">'
            f"<title>{name} words: {texts:,} texts</title></rect>"
            f'<text x="{(place + 0.5) * width:.2f}%" y="{_PLOT + 14}" text-anchor="middle">'
            f"{_short(low)}</text>"
        )
    label = f"Texts by their words, from {bins[0][0]:,} to {bins[-1][1] - 1:,}; at most {most:,} in a column"
    return _svg(_PLOT + _FOOT, label, parts)


def shares_svg(counts: Mapping[str, int]) -> str:
    """A bar for each name, with its count and share."""
    whole, parts = sum(counts.values()), []
    most = max(counts.values(), default=1)
    for row, (name, count) in enumerate(counts.items()):
        y = row * _ROW
        parts.append(
            f'<text x="0" y="{y + 14}">{escape(name[:24])}</text>'
            f'<rect class="bar" x="30%" y="{y + 4}" width="{45 * count / most:.2f}%" height="12"/>'
            f'<text x="100%" y="{y + 14}" text-anchor="end">{count:,}, {_percent(count, whole)}</text>'
        )
    return _svg(_ROW * max(1, len(counts)), "Shares", parts)


def _leaks(statistics: Statistics) -> str:
    if not statistics.leaks:
        return ""
    rows = "".join(map(_leak, statistics.leaks))
    return (
        "<section><h2>What files share</h2><table><thead><tr><th>files</th><th>the same</th>"
        f"<th>alike ({statistics.threshold:g})</th><th>runs of {statistics.run_words} words</th></tr></thead>"
        f"<tbody>{rows}</tbody></table><p>Texts of the one, texts of the other.</p></section>"
    )


def _leak(leak: Leak) -> str:
    pairs = (leak.same, leak.alike, (leak.runs.one, leak.runs.other))
    cells = "".join(
        f'<td class="{"bad" if any(pair) else ""}">{pair[0]:,}, {pair[1]:,}</td>' for pair in pairs
    )
    examples = "".join(
        f"<li>line {one.one_line} and line {one.other_line}: {escape(one.run)}</li>"
        for one in leak.runs.examples
    )
    shown = f"<ul>{examples}</ul>" if examples else ""
    return f"<tr><td>{escape(str(leak.one))}<br>{escape(str(leak.other))}{shown}</td>{cells}</tr>"


def _svg(height: int, label: str, parts: Sequence[str]) -> str:
    return (
        f'<svg width="100%" height="{height}" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _short(number: int) -> str:
    return f"{number // 1000:,}k" if number >= 10_000 else f"{number:,}"
