"""A chart of a comparison: for each figure with a target, how many times better than Dovecot each server is, on a logarithmic scale."""
import math
import shutil
import subprocess
from xml.sax.saxutils import escape

import report

COLOURS = {"restante": "#1b6ca8", "dovecot-shared": "#8fbcd4", "courier": "#d98e32", "cyrus": "#7a9e4b"}
OTHERS = "#777777"
LEFT, RIGHT, SCALE_WIDTH = 330, 90, 640
BAR, GAP, TOP, BOTTOM = 13, 11, 92, 34
LABEL_WIDTH = 42
PIXELS_A_UNIT = 2  # of the PNG


def figure_of(row, figure, against):
    """A group of bars: (title, wanted, [(server, times better than `against`, least, most)]), or None."""
    found = figure["servers"]
    if figure.get("target") is None or against not in found or report.OURS not in found:
        return None
    bars = []
    for name in (*COLOURS, *(other for other in found if other not in COLOURS)):
        if name in found and name not in (against, report.CEILING):
            ratio = report.paired(figure, found[name], found[against])
            if ratio:
                bars.append((name, ratio["median"], ratio["least"], ratio["most"]))
    return (f"{row['name']}: {figure['name']}", figure["target"], bars) if bars else None


def svg(rows, against, subtitle):
    groups = [group for row in rows for figure in row["figures"] if (group := figure_of(row, figure, against))]
    if not groups:
        return None
    values = [value for _, wanted, bars in groups for value in (wanted, *(one for _, *told in bars for one in told))]
    low = min(0, math.log10(min(values)) - 0.05)
    high = max(1, math.log10(max(values)) + 0.05)
    height = TOP + BOTTOM + sum(BAR * len(bars) + GAP for _, _, bars in groups)
    width = LEFT + SCALE_WIDTH + RIGHT

    def at(value):
        return LEFT + SCALE_WIDTH * (math.log10(max(value, 10.0 ** low)) - low) / (high - low)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="DejaVu Sans, sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
           f'<text x="14" y="26" font-size="18" font-weight="bold">How many times better than {escape(against)}</text>',
           f'<text x="14" y="46" fill="#555555">{escape(subtitle)}</text>']
    x = 14
    for name in dict.fromkeys(name for _, _, bars in groups for name, *_ in bars):
        out.append(f'<rect x="{x}" y="59" width="12" height="12" fill="{COLOURS.get(name, OTHERS)}"/><text x="{x + 17}" y="70">{escape(name)}</text>')
        x += 40 + 8 * len(name)
    out.append(f'<path d="M{x + 4} 58 v14" stroke="#b3261e" stroke-width="2.5"/><text x="{x + 13}" y="70">wanted</text>')
    for power in range(math.ceil(low), math.floor(high) + 1):
        line = at(10.0 ** power)
        out.append(f'<path d="M{line:.1f} {TOP - 8} V{height - BOTTOM}" stroke="{"#333333" if power == 0 else "#d5d5d5"}" stroke-width="1"/>'
                   f'<text x="{line:.1f}" y="{height - BOTTOM + 18}" text-anchor="middle" fill="#333333">{10.0 ** power:g}×</text>')
    y = TOP
    for title, wanted, bars in groups:
        middle = y + BAR * len(bars) / 2
        out.append(f'<text x="{LEFT - 12}" y="{middle + 4:.1f}" text-anchor="end">{escape(title)}</text>')
        for name, value, least, most in bars:
            start, end = sorted((at(1), at(value)))
            label = max(at(1), at(most)) + 6
            if name == report.OURS and label - 6 <= at(wanted) < label + LABEL_WIDTH:
                label = at(wanted) + 6
            out.append(f'<rect x="{start:.1f}" y="{y + 1}" width="{max(end - start, 1):.1f}" height="{BAR - 2}" fill="{COLOURS.get(name, OTHERS)}"/>')
            if most > least:
                out.append(f'<path d="M{at(least):.1f} {y + BAR / 2} H{at(most):.1f}" stroke="#111111" stroke-width="1.2"/>')
            out.append(f'<text x="{label:.1f}" y="{y + BAR - 2}" font-size="11">{report.number(value)}×</text>')
            if name == report.OURS:
                out.append(f'<path d="M{at(wanted):.1f} {y - 2} v{BAR + 4}" stroke="#b3261e" stroke-width="2.5"/>')
            y += BAR
        y += GAP
    return "\n".join([*out, "</svg>", ""])


def why_no_png():
    return None if shutil.which("rsvg-convert") else "rsvg-convert is not installed (packaging/install-packages bench)"


def write(rows, against, subtitle, path):
    """As SVG, or as PNG where the path ends so. False where there is nothing to draw."""
    text = svg(rows, against, subtitle)
    if text is None:
        return False
    if path.suffix == ".png":
        subprocess.run(["rsvg-convert", "--zoom", str(PIXELS_A_UNIT), "--output", str(path)], input=text.encode(), check=True)
    else:
        path.write_text(text)
    return True
