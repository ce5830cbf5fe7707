"""Run by the peer's own Python: MediaPipe Tasks' face landmarks alone on a video, as JSON.

Usage: python mediapipe_landmarks.py VIDEO MODEL VIDEO|IMAGE
"""

import json
import resource
import sys

import av
import mediapipe
from mediapipe.tasks import python as tasks
from mediapipe.tasks.python import vision


def cpu_s():
    """Return user and system CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main(path, model, mode):
    """Decode on one thread, find the landmarks of every frame, print what it cost."""
    started = cpu_s()
    options = vision.FaceLandmarkerOptions(
        base_options=tasks.BaseOptions(model_asset_path=model),
        running_mode=vision.RunningMode[mode],
        num_faces=1,
        output_face_blendshapes=False,
        output_facial_transformation_matrixes=False,
    )
    frames = found = 0
    with vision.FaceLandmarker.create_from_options(options) as landmarker, av.open(path) as video:
        stream = video.streams.video[0]
        stream.thread_type = "NONE"
        stream.codec_context.thread_count = 1
        for picture in video.decode(stream):
            image = mediapipe.Image(
                image_format=mediapipe.ImageFormat.SRGB, data=picture.to_ndarray(format="rgb24")
            )
            if mode == "VIDEO":
                result = landmarker.detect_for_video(image, round(1000 * picture.time))
            else:
                result = landmarker.detect(image)
            frames += 1
            found += bool(result.face_landmarks)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(
            {
                "tool": f"mediapipe {mediapipe.__version__} {mode}",
                "frames": frames,
                "found": found,
                "cpu_s": cpu_s() - started,
                "process_cpu_s": cpu_s(),
                "peak_rss_mb": peak / 1024,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
