// Left stays left: pixels to the patient and back, on grids as scanners make them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { distance, edgeLetters, Grid, letters, PLANES, project, stepOn, unproject, type Frame, type Vec3 } from "../src/geometry";

const SIZE: Vec3 = [160, 120, 60];
const STEP: Vec3 = [0.5, 0.5, 1];

/** A volume whose axes run right, front and head, tilted by so many degrees about the left-right axis. */
function grid(tilt = 0): Grid {
  const [c, s] = [Math.cos((tilt * Math.PI) / 180), Math.sin((tilt * Math.PI) / 180)];
  const toRas = [SIZE[0], 0, 0, 0, 0, SIZE[1] * c, SIZE[1] * s, 0, 0, -SIZE[2] * s, SIZE[2] * c, 0, -80, -60, -30, 1];
  return new Grid(toRas, SIZE, STEP);
}

const VIEW = { centre: [3, -4, 5] as Vec3, scale: 0.2 };
const frames = (one: Grid): Frame[] => PLANES.map((plane) => ({ grid: one, plane, width: 400, height: 300 }));

test("a point of the patient comes back from the pixel it falls on", () => {
  const point: Vec3 = [17.3, -8.1, 9.4];
  for (const tilt of [0, 12, -30]) {
    for (const frame of frames(grid(tilt))) {
      const spot = project(frame, VIEW, point);
      assert.ok(distance(unproject(frame, VIEW, spot.x, spot.y, spot.through), point) < 1e-9);
    }
  }
});

test("what lies to the patient's left lies to the right on axial and coronal pictures", () => {
  for (const frame of frames(grid(10)).slice(0, 2)) {
    assert.ok(project(frame, VIEW, [20, 0, 0]).x > project(frame, VIEW, [-20, 0, 0]).x);
    assert.deepEqual([edgeLetters(frame).left, edgeLetters(frame).right], ["R", "L"]);
  }
});

test("on every picture the head or the front is up and on sagittal ones the nose is left", () => {
  const [axial, coronal, sagittal] = frames(grid()).map(edgeLetters);
  assert.deepEqual([axial?.top, axial?.bottom], ["A", "P"]);
  assert.deepEqual([coronal?.top, coronal?.bottom], ["H", "F"]);
  assert.deepEqual([sagittal?.left, sagittal?.top], ["A", "H"]);
});

test("a plane that is tilted far says so with a second letter", () => {
  assert.equal(letters([0, 0.98, 0.2]), "P");
  assert.equal(letters([0, 0.87, 0.5]), "PH");
  assert.equal(letters([-1, 0, 0]), "R");
});

test("a step to the right on the picture is as long in the patient", () => {
  for (const frame of frames(grid(25))) {
    const step = stepOn(frame, 0.1, 0, 0);
    assert.ok(Math.abs(Math.hypot(...step) - 0.1) < 1e-9);
  }
  const axial = frames(grid())[0];
  assert.ok(axial && (stepOn(axial, 1, 0, 0)[0] ?? 0) > 0.99);
});
