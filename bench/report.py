"""The figures of a comparison: medians, ratios of runs of the same round, and a table of them."""
import statistics

OURS, CEILING = "restante", "null"


def summary(by_round):
    """Of one server's values, by the number of the round."""
    values = list(by_round.values())
    return {"median": statistics.median(values), "least": min(values), "most": max(values), "rounds": by_round}


def times_better(figure, ours, theirs):
    better, worse = (ours, theirs) if figure["more_is_better"] else (theirs, ours)
    return better / worse if worse > 0 else None


def paired(figure, ours, theirs):
    """How many times better we are, from the runs of one round each; None where no round has both."""
    ratios = {}
    for one in ours["rounds"].keys() & theirs["rounds"].keys():
        ratio = times_better(figure, ours["rounds"][one], theirs["rounds"][one])
        if ratio is not None:
            ratios[one] = ratio
    return summary(ratios) if ratios else None


def add_ratios(rows, against):
    """Each figure gets .ratios by server, .met where something was wanted of it, .behind: the peers that did better."""
    for row in rows:
        for figure in row["figures"]:
            found = figure["servers"]
            pairs = {name: paired(figure, found[OURS], theirs) for name, theirs in found.items() if name != OURS} if OURS in found else {}
            figure["ratios"] = {name: one for name, one in pairs.items() if one}
            figure["behind"] = [name for name, one in figure["ratios"].items() if name != CEILING and one["median"] < 1]
            wanted = []
            if figure.get("target") is not None and against in figure["ratios"]:
                wanted.append(figure["ratios"][against]["median"] >= figure["target"])
            if figure.get("ceiling") is not None and CEILING in figure["ratios"]:
                wanted.append(figure["ratios"][CEILING]["median"] * figure["ceiling"] >= 1)
            figure["met"] = all(wanted) if wanted else None


def growth(big, small, name):
    """A row that tells how much more the big maildrop takes than the small one: 1 where the count does not matter."""
    of_big, of_small = (next(figure["servers"] for figure in row["figures"] if figure["name"] == name) for row in (big, small))
    servers = {}
    for server in of_big.keys() & of_small.keys():
        of_rounds = (of_big[server]["rounds"], of_small[server]["rounds"])
        rounds = {one: of_rounds[0][one] / of_rounds[1][one] for one in of_rounds[0].keys() & of_rounds[1].keys() if of_rounds[1][one] > 0}
        if rounds:
            servers[server] = summary(rounds)
    figure = {"name": f"{name}, big ÷ small", "unit": "×", "more_is_better": False, "target": None, "servers": servers}
    return {"name": "how opening grows with the maildrop", "figures": [figure], "errors": {}}


def number(value):
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"


def span(found, unit=""):
    text = number(found["median"]) + unit
    return text if len(found["rounds"]) == 1 else f"{text} ({number(found['least'])}..{number(found['most'])})"


def verdict(figure, against):
    parts = []
    ratios = figure["ratios"]
    if against in ratios:
        parts.append(f"{span(ratios[against], '×')}")
    if figure.get("target") is not None:
        parts.append(f"wanted {number(figure['target'])}×")
    if figure.get("ceiling") is not None and CEILING in ratios:
        parts.append(f"{number(1 / ratios[CEILING]['median'])}× of {CEILING}, at most {number(figure['ceiling'])}×")
    if figure["met"] is False:
        parts.append("MISSED")
    if figure["behind"]:
        parts.append("BEHIND " + ", ".join(figure["behind"]))
    return "; ".join(parts)


def table(rows, servers, against):
    """One line a figure: the median of each server's runs, then how many times better restante is: median (least..most)."""
    width = 4 + max(len(f"{figure['name']}, {figure['unit']}") for row in rows for figure in row["figures"])
    column = 2 + max(9, *(len(name) for name in servers))
    lines = [" " * width + "".join(f"{name:>{column}}" for name in servers) + f"   {OURS} against {against}"]
    for row in rows:
        lines.append(row["name"])
        for figure in row["figures"]:
            line = f"  {figure['name']}, {figure['unit']}".ljust(width)
            for name in servers:
                found = figure["servers"].get(name)
                line += f"{'-' if found is None else number(found['median']):>{column}}"
            lines.append(f"{line}   {verdict(figure, against)}".rstrip())
        lines += [f"  ! {name}: {why}" for name, why in row.get("errors", {}).items()]
    return "\n".join(lines)
