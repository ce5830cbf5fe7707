"""What the video analysis costs beside MediaPipe's landmarks alone; its memory; rendering.

Usage: python bench/video_speed.py [--skip-memory] [--clip FILE ...]

Both sides decode the same file on one core. `work` counts CPU from loading the models to the last
result, `process` everything, imports included. The bar is held against `work`.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from _speed import PEERS, cpu_s, peak_rss_mb, peer_python, run_json

RATIO_BAR = 1.5
MEMORY_BAR_MB = 1000.0
RENDER_BAR_S = 0.04
#: Wanted share of time in spasm, and the options that give about that.
CLIPS = {
    "15 % in spasm": (0.15, {"rate_per_min": 8.0, "severity": 0.5}),
    "60 % in spasm": (0.60, {"rate_per_min": 29.0, "severity": 0.8}),
}
SEED = 20_900
LENGTH_S = 60.0


def measure_here(path):
    """Measure one clip in this process and print its cost as JSON (run as a child)."""
    import cv2

    # Loaded beforehand, as the peer loads its package beforehand: `work` is work.
    import hemispasm.formats.video
    import hemispasm.measure.video.extract
    import hemispasm.measure.video.landmarks
    import hemispasm.measure.video.measure  # noqa: F401
    from hemispasm.measuring import measure_video_file

    cv2.setNumThreads(1)
    began = cpu_s()
    document = measure_video_file(path, mirrored="no").document
    print(
        json.dumps(
            {
                "tool": "hemispasm",
                "events": len(document.events),
                "grade": document.quality.grade,
                "cpu_s": cpu_s() - began,
                "process_cpu_s": cpu_s(),
                "peak_rss_mb": peak_rss_mb(),
            }
        )
    )


def render_here(path, name):
    """Simulate one clip in this process and print its cost as JSON (run as a child)."""
    from hemispasm.simulated_case import simulate_face_clip

    began = cpu_s()
    truth = simulate_face_clip(
        Path(path), generator="head", scenario="hfs", side="left", seed=SEED,
        duration_s=LENGTH_S, frame_rate_hz=30.0, width=640, height=480, crf=23, **CLIPS[name][1],
    )  # fmt: skip
    spent = sum(e.end_s - e.start_s for e in truth.events if e.kind == "spasm")
    frames = round(truth.duration_s * truth.frame_rate_hz)
    found = {"frames": frames, "spasm_share": spent / truth.duration_s}
    print(json.dumps({**found, "cpu_s": cpu_s() - began, "peak_rss_mb": peak_rss_mb()}))


def loop_clip(source, target, times):
    """Write a video that shows another one several times, without encoding anew."""
    import av

    with av.open(str(target), "w") as out:
        shift, stream = 0, None
        for _ in range(times):
            with av.open(str(source)) as one:
                given = one.streams.video[0]
                stream = stream or out.add_stream_from_template(given)
                last = 0
                for packet in one.demux(given):
                    if packet.dts is None:
                        continue
                    last = max(last, packet.pts + (packet.duration or 0))
                    packet.pts += shift
                    packet.dts += shift
                    packet.stream = stream
                    out.mux(packet)
                shift += last


def compare(path, model):
    """Return the costs of both sides on one clip, and their ratios."""
    ours = run_json([sys.executable, __file__, "--measure", path])
    peer = peer_python("mediapipe")
    script = PEERS / "mediapipe_landmarks.py"
    theirs = {mode: run_json([peer, script, path, model, mode]) for mode in ("VIDEO", "IMAGE")}
    frames = theirs["VIDEO"]["frames"]
    return {
        "frames": frames,
        "hemispasm": ours,
        "mediapipe": theirs,
        "ms_per_frame": {
            "hemispasm": 1000 * ours["cpu_s"] / frames,
            **{mode: 1000 * one["cpu_s"] / frames for mode, one in theirs.items()},
        },
        "ratio": ours["cpu_s"] / theirs["VIDEO"]["cpu_s"],
        "ratio_process": ours["process_cpu_s"] / theirs["VIDEO"]["process_cpu_s"],
    }


def show(name, found, judged):
    """Print one comparison as a line."""
    ms = found["ms_per_frame"]
    verdict = "" if not judged else "ok" if found["ratio"] <= RATIO_BAR else "OVER"
    print(
        f"{name:16} CPU ms/frame: hemispasm {ms['hemispasm']:.2f}, MediaPipe VIDEO "
        f"{ms['VIDEO']:.2f}, IMAGE {ms['IMAGE']:.2f}; ratio {found['ratio']:.2f} "
        f"(bar {RATIO_BAR}) {verdict}; whole process {found['ratio_process']:.2f}; "
        f"peak {found['hemispasm']['peak_rss_mb']:.0f} MB"
    )


def bench_simulated(folder, model, results, skip_memory):
    """Render, compare, and run the long clip; return whether a bar was missed."""
    over = False
    for name, (wanted, _) in CLIPS.items():
        path = folder / f"{name.split()[0]}.mp4"
        made = run_json([sys.executable, __file__, "--render", path, name])
        per_frame = made["cpu_s"] / made["frames"]
        over |= per_frame > RENDER_BAR_S
        verdict = "ok" if per_frame <= RENDER_BAR_S else "OVER"
        print(
            f"{name:16} rendered at {per_frame:.4f} CPU s/frame (bar {RENDER_BAR_S}) {verdict}; "
            f"true share {made['spasm_share']:.2f}, wanted {wanted:.2f}"
        )
        results[name] = {"render": made, **compare(path, model)}
        show(name, results[name], judged=wanted < 0.5)
        over |= wanted < 0.5 and results[name]["ratio"] > RATIO_BAR
    if not skip_memory:
        long = folder / "long.mp4"
        loop_clip(folder / "15.mp4", long, 10)
        found = run_json([sys.executable, __file__, "--measure", long])
        results["10 minutes"] = found
        verdict = "ok" if found["peak_rss_mb"] <= MEMORY_BAR_MB else "OVER"
        print(
            f"10 minutes       peak {found['peak_rss_mb']:.0f} MB (bar {MEMORY_BAR_MB}) {verdict}"
        )
        over |= found["peak_rss_mb"] > MEMORY_BAR_MB
    return over


def main():
    """Run the bench, or one child of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skip-memory", action="store_true")
    parser.add_argument("--clip", nargs="*", default=[], help="compare on these files only")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("--render", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        return measure_here(given.measure)
    if given.render:
        return render_here(*given.render)
    from hemispasm.assets import asset_path

    model, results, over = asset_path("face_landmarker.task"), {}, False
    if given.clip:
        for number, path in enumerate(given.clip, 1):
            results[f"clip {number}"] = compare(path, model)
            show(f"clip {number}", results[f"clip {number}"], judged=False)
    else:
        with tempfile.TemporaryDirectory(prefix="hemispasm-bench-") as folder:
            over = bench_simulated(Path(folder), model, results, given.skip_memory)
    print(json.dumps({"bench": "video_speed", "bar": RATIO_BAR, "results": results}))
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
