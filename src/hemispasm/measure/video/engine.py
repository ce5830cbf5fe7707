"""The three face models of the landmark bundle, run one picture at a time on one thread."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.model.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

DETECTOR_SIZE = 128
MESH_SIZE = 256
N_POINTS = 478

_CANONICAL = "geometry_pipeline_metadata_landmarks.binarypb"
_MEMBERS = (
    _CANONICAL,
    "face_detector.tflite",
    "face_landmarks_detector.tflite",
    "face_blendshapes.tflite",
)


def unpack_bundle(bundle: bytes) -> dict[str, bytes]:
    """Return the model files inside a ``face_landmarker.task`` bundle.

    Raises
    ------
    IntegrityError
        The bytes are not such a bundle, or a model is missing from it.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            return {name: archive.read(name) for name in _MEMBERS}
    except (zipfile.BadZipFile, KeyError) as error:
        raise IntegrityError(
            "bad_landmark_bundle",
            "The face-landmark model bundle is damaged or is not a face-landmark bundle.",
            "Fetch the assets again with `hemispasm assets fetch`.",
        ) from error


def _wire_fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (field number, raw value) of a protocol-buffer message; integers yield nothing."""
    at = 0

    def integer() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        tag = integer()
        kind = tag & 7
        if kind == 0:
            integer()
            continue
        length = integer() if kind == 2 else 4
        yield tag >> 3, message[at : at + length]
        at += length


def read_canonical_face(metadata: bytes) -> NDArray[np.float64]:
    """Return the bundle's canonical face (468, 3): x right, y down, z away, in centimetres.

    It gives a clip's own face shape an upright, frontal orientation.
    """
    mesh = next(value for field, value in _wire_fields(metadata) if field == 1)
    floats = b"".join(value for field, value in _wire_fields(mesh) if field == 3)
    vertices = np.frombuffer(floats, dtype="<f4").reshape(-1, 5)[:, :3].astype(np.float64)
    return vertices * np.array([1.0, -1.0, -1.0])


class Model:
    """One LiteRT model with one input, run on one thread.

    One thread because a second costs more CPU than it saves (``research: video speed trial``);
    clips are analysed side by side instead.
    """

    def __init__(self, content: bytes) -> None:
        from ai_edge_litert.interpreter import Interpreter

        interpreter = Interpreter(model_content=content, num_threads=1)
        interpreter.allocate_tensors()
        self._interpreter: Any = interpreter
        self._input: int = interpreter.get_input_details()[0]["index"]
        self._outputs: list[int] = [d["index"] for d in interpreter.get_output_details()]

    def run(self, batch: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Return every output of the model for one input batch, as copies."""
        self._interpreter.set_tensor(self._input, batch)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]


class FaceModels:
    """Detector, 478-point mesh and blendshapes behind three plain calls.

    Parameters
    ----------
    bundle : bytes
        Content of ``face_landmarker.task`` (Apache-2.0).
    """

    def __init__(self, bundle: bytes) -> None:
        files = unpack_bundle(bundle)
        self._detector = Model(files["face_detector.tflite"])
        self._mesh = Model(files["face_landmarks_detector.tflite"])
        self._blendshapes = Model(files["face_blendshapes.tflite"])
        self.canonical = read_canonical_face(files[_CANONICAL])

    def detect_raw(
        self, square: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Run the detector on a 128 x 128 RGB picture.

        Returns
        -------
        boxes : ndarray (896, 16)
            Centre, size and six key points against each anchor, in model pixels.
        logits : ndarray (896,)
            Face score before the logistic.
        """
        batch = square.astype(np.float32)[None] * np.float32(2 / 255) - np.float32(1)
        first, second = self._detector.run(batch)
        boxes, logits = (first, second) if first.shape[-1] == 16 else (second, first)
        return boxes[0], logits[0, :, 0]

    def mesh(self, crop: NDArray[np.uint8]) -> tuple[NDArray[np.float32], float]:
        """Run the mesh on a 256 x 256 RGB crop.

        Returns
        -------
        points : ndarray (478, 3)
            In crop pixels; z grows away from the camera, in the same unit.
        score : float
            Probability that the crop holds a face, 0-1.
        """
        batch = crop.astype(np.float32)[None] * np.float32(1 / 255)
        outputs = self._mesh.run(batch)
        points = outputs[0].reshape(N_POINTS, 3)
        logit = float(outputs[1].ravel()[0])
        return points, float(1.0 / (1.0 + np.exp(-np.clip(logit, -40.0, 40.0))))

    def blendshapes(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run the blendshape model on the 146 points (146, 2) it was made for; 52 scores 0-1."""
        return self._blendshapes.run(np.ascontiguousarray(points[None], np.float32))[0].ravel()
