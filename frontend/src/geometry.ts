// Where a pixel lies in the patient. One frame outside this file: the patient's LPS in millimetres
// (x grows to the patient's left, y to the back, z to the head). The viewer's RAS stays in here.

export type Vec3 = readonly [number, number, number];
export type Plane = "axial" | "coronal" | "sagittal";
type Axis = 0 | 1 | 2;

interface Axes {
  across: Axis;
  up: Axis;
  through: Axis;
}

// Of an array whose axes run, as nearly as they can, to the right, the front and the head.
export const AXES: Record<Plane, Axes> = {
  axial: { across: 0, up: 1, through: 2 },
  coronal: { across: 0, up: 2, through: 1 },
  sagittal: { across: 1, up: 2, through: 0 },
};
export const PLANES: readonly Plane[] = ["axial", "coronal", "sagittal"];

/** The regular grid of one series: millimetres along its own axes, and where those lie. */
export class Grid {
  private readonly columns: readonly [Vec3, Vec3, Vec3];
  private readonly origin: Vec3;
  private readonly rows: readonly [Vec3, Vec3, Vec3];

  /** @param toRas column by column, from fractions of the volume (0 to 1) to RAS millimetres */
  constructor(toRas: ArrayLike<number>, readonly size: Vec3, readonly step: Vec3) {
    const at = (k: number): number => toRas[k] ?? Number.NaN;
    const column = (k: number): Vec3 => {
      const mm = size[k as Axis];
      return [-at(4 * k) / mm, -at(4 * k + 1) / mm, at(4 * k + 2) / mm];
    };
    this.columns = [column(0), column(1), column(2)];
    this.origin = [-at(12), -at(13), at(14)];
    this.rows = inverse(this.columns);
  }

  toLps(mm: Vec3): Vec3 {
    const [a, b, c] = this.columns;
    const value = (k: Axis): number => this.origin[k] + mm[0] * a[k] + mm[1] * b[k] + mm[2] * c[k];
    return [value(0), value(1), value(2)];
  }

  fromLps(lps: Vec3): Vec3 {
    const d = subtract(lps, this.origin);
    return [dot(this.rows[0], d), dot(this.rows[1], d), dot(this.rows[2], d)];
  }

  /** Direction in the patient in which an axis of the grid grows. */
  direction(axis: Axis): Vec3 {
    return this.columns[axis];
  }

  contains(lps: Vec3): boolean {
    return this.fromLps(lps).every((mm, k) => mm >= 0 && mm <= this.size[k as Axis]);
  }
}

/** What a tile of the page shows: which grid, which plane, how large in pixels. */
export interface Frame {
  grid: Grid;
  plane: Plane;
  width: number;
  height: number;
}

/** What all tiles share: the point they turn about, and millimetres per pixel. */
export interface View {
  centre: Vec3;
  scale: number;
}

export interface Spot {
  x: number;
  y: number;
  /** Millimetres along the grid's own axis through the plane. */
  through: number;
}

/** Where a point of the patient falls on a tile. Radiological: the patient's left is at the right. */
export function project(frame: Frame, view: View, lps: Vec3): Spot {
  const { across, up, through } = AXES[frame.plane];
  const mm = frame.grid.fromLps(lps);
  const centre = frame.grid.fromLps(view.centre);
  return {
    x: frame.width / 2 - (mm[across] - centre[across]) / view.scale,
    y: frame.height / 2 - (mm[up] - centre[up]) / view.scale,
    through: mm[through],
  };
}

/** The point of the patient under a pixel of a tile, at a depth along its grid. */
export function unproject(frame: Frame, view: View, x: number, y: number, through: number): Vec3 {
  const axes = AXES[frame.plane];
  const centre = frame.grid.fromLps(view.centre);
  const mm: [number, number, number] = [0, 0, 0];
  mm[axes.across] = centre[axes.across] - (x - frame.width / 2) * view.scale;
  mm[axes.up] = centre[axes.up] - (y - frame.height / 2) * view.scale;
  mm[axes.through] = through;
  return frame.grid.toLps(mm);
}

/** The rectangle of a tile along its grid: least and greatest millimetre across and up. */
export function extent(frame: Frame, view: View): { across: [number, number]; up: [number, number] } {
  const axes = AXES[frame.plane];
  const centre = frame.grid.fromLps(view.centre);
  const half = [(frame.width / 2) * view.scale, (frame.height / 2) * view.scale] as const;
  return {
    across: [centre[axes.across] - half[0], centre[axes.across] + half[0]],
    up: [centre[axes.up] - half[1], centre[axes.up] + half[1]],
  };
}

/** A step on a tile in the patient: right and up on the picture, or through it towards the reader's back. */
export function stepOn(frame: Frame, right: number, up: number, through: number): Vec3 {
  const axes = AXES[frame.plane];
  const mm: [number, number, number] = [0, 0, 0];
  mm[axes.across] = -right;
  mm[axes.up] = up;
  mm[axes.through] = through;
  const from = frame.grid.toLps([0, 0, 0]);
  return subtract(frame.grid.toLps(mm), from);
}

/** Letters at the four edges of a tile, from where its axes really point. */
export function edgeLetters(frame: Frame): { left: string; right: string; top: string; bottom: string } {
  const axes = AXES[frame.plane];
  const across = frame.grid.direction(axes.across);
  const up = frame.grid.direction(axes.up);
  return {
    left: letters(across),
    right: letters(negative(across)),
    top: letters(up),
    bottom: letters(negative(up)),
  };
}

const TILTED = 0.34; // sine of 20 degrees: from there on the second letter is part of the truth

/** The patient's side a direction points to: L, R, A, P, H, F; two letters where it is tilted. */
export function letters(direction: Vec3): string {
  const names: readonly [string, string][] = [["L", "R"], ["P", "A"], ["H", "F"]];
  return direction
    .map((value, k) => ({ size: Math.abs(value), name: names[k]?.[value > 0 ? 0 : 1] ?? "" }))
    .sort((a, b) => b.size - a.size)
    .filter((part, place) => place === 0 || (place === 1 && part.size > TILTED))
    .map((part) => part.name)
    .join("");
}

export function add(a: Vec3, b: Vec3): Vec3 {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

export function subtract(a: Vec3, b: Vec3): Vec3 {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

export function distance(a: Vec3, b: Vec3): number {
  return Math.hypot(...subtract(a, b));
}

export function mean(points: readonly Vec3[]): Vec3 | null {
  if (points.length === 0) return null;
  const sum = points.reduce<Vec3>((total, point) => add(total, point), [0, 0, 0]);
  return [sum[0] / points.length, sum[1] / points.length, sum[2] / points.length];
}

/** Hundredths of a millimetre are far below what a hand can place. */
export function rounded(point: Vec3): Vec3 {
  const one = (value: number): number => Math.round(value * 100) / 100 + 0;
  return [one(point[0]), one(point[1]), one(point[2])];
}

function negative(a: Vec3): Vec3 {
  return [-a[0], -a[1], -a[2]];
}

function dot(a: Vec3, b: Vec3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: Vec3, b: Vec3): Vec3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function inverse([a, b, c]: readonly [Vec3, Vec3, Vec3]): readonly [Vec3, Vec3, Vec3] {
  const volume = dot(a, cross(b, c));
  const over = (v: Vec3): Vec3 => [v[0] / volume, v[1] / volume, v[2] / volume];
  return [over(cross(b, c)), over(cross(c, a)), over(cross(a, b))];
}
