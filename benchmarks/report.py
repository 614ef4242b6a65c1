"""From benchmarks/results.json to README's table and the figures benchmarks/*.svg: ``python benchmarks/report.py``
draws them.

results.json is written by run.py; times are in seconds, memory in MB, distances in standard deviations:

    date, machine: {cpu, cores, memory_GB, system, python}
    programs: {name: {label, settings, versions: {package: version}}}
    models: {name: {systematics, bins, processes, parameters}}
        "100x10" has 100 systematics and 10 bins, "course" is the shipped model
    rows: [{program, model, problem, cold, memory, fit, scan, toys}]
        problem: why it isn't complete, or ""; what wasn't measured isn't there
        cold: {import, build, first}: a new process up to its first fit, in three parts
        memory: the most that the process ever held
        fit: {seconds, repeats, sigma_mu, memory, mu, nll2, excess, distance}: one fit with covariance; nll2 is -2 ln L
        where it
            ended, excess how much that is above the minimum, distance how far from the minimum (null: no minimum is
            near)
        scan, toys: {seconds, cpu, done, distance, median, lost}: for all 50 values of mu or 1000 toys, extrapolated
        from the
            ``done`` that were made; the largest and the median distance; ``lost`` ended farther away than ``LIMIT``
    floor: {model: {steps, operations, bytes, arithmetic, memory, seconds}}
        what no program can avoid, see floor.py
"""

import hashlib
import io
import json
import re
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
SHOWN = "course"  # the model of the README's table
SCAN, TOYS = 50, 1000
LIMIT = 0.1
"""Standard deviations from the minimum beyond which a fit counts as failed; Minuit's default tolerance allows 0.03."""

FIGURES = {
    "fit": ("fit", "one fit with covariance"),
    "toys": ("toys", "1000 toys"),
}


def read(path: Path = RESULTS) -> dict:
    if not path.is_file():
        raise FileNotFoundError(f"{path.parent.name}/{path.name} is missing: python benchmarks/run.py makes it.")
    return json.loads(path.read_text(encoding="utf-8"))


def seconds(value: float) -> str:
    """With two significant digits and a unit that fits."""
    for unit, size in (("h", 3600), ("min", 60), ("s", 1), ("ms", 1e-3)):
        if value >= 0.995 * size and (unit != "min" or value >= 120):
            break
    else:
        unit, size = "µs", 1e-6
    number = value / size
    return f"{number:.0f} {unit}" if number >= 9.95 else f"{number:.1f} {unit}"


def line(row: dict) -> str:
    """One row as text, for the terminal."""
    parts = [f"{row['model']:9}{row['program']:18}"]
    if "fit" in row:
        parts.append(
            f"cold {seconds(sum(row['cold'].values())):7} fit {seconds(row['fit']['seconds']):7} distance "
            f"{_sigma(row['fit'])}"
        )
    for stage, total in (("scan", SCAN), ("toys", TOYS)):
        if stage in row:
            parts.append(f"{stage} {_stage(row[stage], total):9} distance {_sigma(row[stage])}")
    return "  ".join(part for part in (*parts, row["problem"]) if part)


def _sigma(stage: dict) -> str:
    if _failed(stage):
        return "**no minimum**" if stage["distance"] is None else f"**{stage['distance']:.1g}**"
    return f"{stage['distance']:.4f}".rstrip("0") if stage["distance"] >= 5e-4 else "< 0.0005"


def _failed(stage: dict) -> bool:
    return stage["distance"] is None or stage["distance"] > LIMIT


def _stage(stage: dict, total: int) -> str:
    return ("≈ " if stage["done"] < total else "") + seconds(stage["seconds"])


def _row(results: dict, program: str, model: str) -> dict:
    return next(
        (row for row in results["rows"] if (row["program"], row["model"]) == (program, model)), {"problem": "not run"}
    )


def table(results: dict, shown: str = SHOWN) -> str:
    """The Markdown table of one model, and what it was measured on."""
    model, lines = results["models"][shown], []
    for program, about in results["programs"].items():
        row = _row(results, program, shown)
        if "fit" not in row:
            lines.append(f"| {about['label']} | {row['problem']} | | | | | |")
            continue
        fit = seconds(row["fit"]["seconds"]) + ("" if row["fit"]["sigma_mu"] else "¹")
        stages = [_stage(row[name], total) if name in row else "–" for name, total in (("scan", SCAN), ("toys", TOYS))]
        cold = seconds(sum(row["cold"].values()))
        distances = " / ".join(_sigma(row[name]) for name in ("fit", "toys") if name in row)
        lines.append(
            f"| {about['label']} | {fit} | {stages[0]} | {stages[1]} | {cold} | {row['memory']:.0f} MB | {distances} |"
        )
    versions = {
        name: text for about in results["programs"].values() for name, text in about.get("versions", {}).items()
    }
    used = ", ".join(f"{name} {text}" for name, text in sorted(versions.items()))
    place = results["machine"]
    head = (
        f"{'The shipped model' if shown == 'course' else 'A model'}: {model['processes']} processes, {model['bins']} "
        "bins, "
        f"{model['systematics']} systematics, {model['parameters']} parameters.\n\n"
        "| | fit with covariance | scan of 50 points | 1000 toys | cold start | memory | "
        "distance to the minimum (σ): fit / worst toy |\n"
        "|---|---|---|---|---|---|---|\n"
    )
    notes = (
        "\n≈: extrapolated from as many fits as the time allowed. ¹: without covariance. "
        "Cold start: a new process up to its first fit.\n"
    )
    busy = {about["label"]: _row(results, program, shown).get("toys") for program, about in results["programs"].items()}
    parallel = [
        f"{label} {toys['cpu'] / toys['seconds']:.1f}"
        for label, toys in busy.items()
        if toys and toys["cpu"] > 1.2 * toys["seconds"]
    ]
    notes += (
        f"All may use every core; these used more than one for the toys: {', '.join(parallel)}.\n" if parallel else ""
    )
    if shown in results["floor"]:
        low = results["floor"][shown]
        ours = _row(results, "jaxhep", shown)
        ratio = ours["fit"]["seconds"] / low["seconds"] if "fit" in ours else float("nan")
        notes += (
            f"The arithmetic and memory traffic that no fit with covariance can avoid take {seconds(low['seconds'])} "
            f"on this machine ({low['operations']:.2g} operations, {low['bytes']:.2g} bytes): jaxhep's fit takes "
            f"{ratio:.0f} times as long.\n"
        )
    hardware = f"{place['cpu']}, {place['cores']} cores, {place['system']}"
    notes += f"Measured on {results['date']}: {hardware}, Python {place['python']}; {used}.\n"
    return head + "\n".join(lines) + "\n" + notes


def alt(results: dict, name: str) -> str:
    """What one sees in a figure, its numbers taken from the results."""
    stage, what = FIGURES[name]
    times = {p: r[stage]["seconds"] for p in results["programs"] if stage in (r := _row(results, p, "100x10"))}
    labels = {p: about["label"] for p, about in results["programs"].items()}
    ranked = sorted(times, key=times.__getitem__)
    text = (
        f"Time for {what} by program, on the left against the number of systematics, on the right against the number "
        "of bins."
    )
    if ranked:
        order = ", ".join(f"{labels[p]} {seconds(times[p])}" for p in ranked)
        text += f" With 100 systematics in 10 bins: {order}."
    return text


def block(results: dict) -> str:
    """The README's part about the benchmark."""
    figures = "\n".join(f"![{alt(results, name)}](benchmarks/{name}.svg)\n" for name in FIGURES)
    return f"{table(results)}\n{figures}"


def digest() -> str:
    """Of what the figures are made from: this file and the results."""
    return hashlib.sha256(RESULTS.read_bytes() + Path(__file__).read_bytes()).hexdigest()[:16]


def stale() -> list[str]:
    """The figures that weren't drawn from these results by this code."""
    drawn = {name: re.search(r"drawn from (\w+)", _text(HERE / f"{name}.svg")) for name in FIGURES}
    return [f"{name}.svg" for name, found in drawn.items() if not found or found[1] != digest()]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def draw(results: dict) -> None:
    """Write benchmarks/fit.svg and benchmarks/toys.svg."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    from jaxhep import plots

    styles = {
        "jaxhep": (plots.BLUE, "-", "o"),
        "jaxhep-minuit": (plots.BLUE, "--", "s"),
        "numpy-minuit": (plots.GREY, "-", "D"),
        "pyhf-jax-scipy": (plots.VERMILLION, "-", "^"),
        "pyhf-jax-minuit": (plots.VERMILLION, "--", "v"),
        "pyhf-numpy-scipy": (plots.ORANGE, "-.", "<"),
        "pyhf-numpy-minuit": (plots.ORANGE, ":", ">"),
        "cabinetry": (plots.PURPLE, "-.", "P"),
        "evermore-bfgs": (plots.GREEN, "-", "X"),
        "evermore-lbfgs": (plots.GREEN, "--", "*"),
        "root": (plots.INK, "-", "h"),
    }
    plots.use_style()
    plt.rcParams.update({"svg.hashsalt": "benchmarks", "svg.fonttype": "path"})
    panels = (
        ("systematics", "systematics (10 bins)", {"bins": 10}),
        ("bins", "bins (30 systematics)", {"systematics": 30}),
    )
    for name, (stage, what) in FIGURES.items():
        fig, axes = plt.subplots(1, 2, figsize=(14, 6.6), sharey=True)
        for ax, (along, label, fixed) in zip(axes, panels, strict=True):
            chosen = {
                m: size[along]
                for m, size in results["models"].items()
                if m != "course" and all(size[k] == v for k, v in fixed.items())
            }
            for program, about in results["programs"].items():
                rows = [(chosen[m], _row(results, program, m)) for m in sorted(chosen, key=chosen.__getitem__)]
                points = [(x, row[stage]["seconds"], _failed(row[stage])) for x, row in rows if stage in row]
                if not points:
                    continue
                colour, dashes, marker = styles[program]
                x, y, _ = zip(*points, strict=True)
                mark = (
                    "*"
                    if stage == "fit" and all(row[stage]["sigma_mu"] is None for _, row in rows if stage in row)
                    else ""
                )
                ax.plot(x, y, color=colour, linestyle=dashes, marker=marker, label=about["label"] + mark)
                failed = [(x, y) for x, y, lost in points if lost]
                if failed:
                    ax.plot(
                        *zip(*failed, strict=True),
                        color=colour,
                        linestyle="",
                        marker=marker,
                        markerfacecolor="white",
                        markersize=11,
                    )
            if stage == "fit" and results["floor"]:
                low = [
                    (chosen[m], results["floor"][m]["seconds"])
                    for m in sorted(chosen, key=chosen.__getitem__)
                    if m in results["floor"]
                ]
                ax.plot(*zip(*low, strict=True), color=plots.GREY, linestyle=(0, (1, 2)), linewidth=2, label="floor")
            ax.set(xscale="log", yscale="log", xlabel=label)
            ticks = sorted(set(chosen.values()))
            ax.set_xticks(ticks, [str(t) for t in ticks])
            ax.yaxis.set_major_formatter(
                lambda value, _: seconds(value).replace(".0", "") if value < 100 else f"{value:.0f} s"
            )
            ax.minorticks_off()
            ax.grid(axis="y")
        axes[0].set_ylabel(f"time for {what}")
        handles = {text: line for ax in axes for line, text in zip(*ax.get_legend_handles_labels(), strict=True)}
        starred = any(text.endswith("*") for text in handles)
        fig.legend(
            handles.values(),
            handles.keys(),
            loc="outside right center",
            title="* without covariance" if starred else None,
        )
        description = f"{alt(results, name)} (drawn from {digest()})"
        drawn = io.StringIO()
        fig.savefig(
            drawn, format="svg", metadata={"Date": None, "Creator": None, "Title": what, "Description": description}
        )
        # the build's renderer knows no points
        text = re.sub(r'(width|height)="([\d.]+)pt"', r'\1="\2"', drawn.getvalue(), count=2)
        (HERE / f"{name}.svg").write_text(text, encoding="utf-8", newline="\n")
        plt.close(fig)


if __name__ == "__main__":
    draw(read())
