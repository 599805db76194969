"""The figures of a comparison: a table, JSON, and a chart."""
import statistics


def summary(values):
    middle = statistics.median(values)
    spread = (max(values) - min(values)) / middle if middle else 0
    return {"median": middle, "least": min(values), "most": max(values), "spread": spread, "values": values}


def ratio(figure, ours, theirs):
    """How many times better we are."""
    better, worse = (ours, theirs) if figure["more_is_better"] else (theirs, ours)
    return better / worse if worse > 0 else None


def add_ratios(rows, against):
    for row in rows:
        for figure in row["figures"]:
            found = figure["servers"]
            if "restante" in found and against in found:
                figure["ratio"] = ratio(figure, found["restante"]["median"], found[against]["median"])
                wanted = figure.get("target")
                figure["met"] = None if wanted is None or figure["ratio"] is None else figure["ratio"] >= wanted


def number(value):
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"


def table(rows, servers):
    """One line a figure: each server's median and the spread of its runs, then how many times better restante is."""
    width = max(len(row["name"]) for row in rows) + 2
    lines = [f"{'':<{width}}{'':<30}" + "".join(f"{name:>22}" for name in servers) + f"{'better':>9}{'wanted':>9}"]
    for row in rows:
        for at, figure in enumerate(row["figures"]):
            line = f"{row['name'] if at == 0 else '':<{width}}{figure['name'] + ', ' + figure['unit']:<30}"
            for name in servers:
                found = figure["servers"].get(name)
                spread = f" ±{100 * found['spread'] / 2:>4.0f} %" if found and len(found["values"]) > 1 else ""
                line += f"{'-':>22}" if found is None else f"{number(found['median']) + spread:>22}"
            if figure.get("ratio") is not None:
                line += f"{figure['ratio']:>8.1f}×"
                if figure.get("target"):
                    line += f"{figure['target']:>8.1f}×" + ("" if figure["met"] else "  missed")
            lines.append(line.rstrip())
        for name, why in row.get("errors", {}).items():
            lines.append(f"{'':<{width}}! {name}: {why}")
    return "\n".join(lines)


def chart(rows, path):
    """Bars of how many times better than Dovecot, on a logarithmic scale, as SVG."""
    import math
    bars = [(f"{row['name']}: {figure['name']}", figure["ratio"]) for row in rows for figure in row["figures"]
            if figure.get("ratio") and figure.get("target")]
    if not bars:
        return
    left, height, full = 300, 22, 520
    scale = full / math.log10(max(10, max(value for _, value in bars)) * 1.1)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + full + 80}" height="{height * len(bars) + 40}" '
           'font-family="sans-serif" font-size="13">', f'<text x="{left}" y="18">times better than Dovecot (logarithmic)</text>']
    for at, (name, value) in enumerate(bars):
        y = 30 + at * height
        long = max(1.0, scale * math.log10(max(value, 1.0)))
        out.append(f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{name}</text><rect x="{left}" y="{y + 2}" width="{long:.0f}" '
                   f'height="{height - 6}" fill="#2a6f97"/><text x="{left + long + 6:.0f}" y="{y + 14}">{value:.1f}×</text>')
    path.write_text("\n".join(out) + "\n</svg>\n")
