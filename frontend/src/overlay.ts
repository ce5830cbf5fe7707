// What lies over a picture: letters, crosshair, courses, marks. Drawn anew whenever anything moves.

import { AXES, edgeLetters, project, type Frame, type Spot, type Vec3, type View } from "./geometry";
import { SLOTS, type Mark } from "./marks";
import type { Tracked } from "./server";
import { svg } from "./svg";

export interface Scene {
  view: View;
  cross: Vec3;
  marks: readonly Mark[];
  selected: number | null;
  hovered: number | null;
  tracked: readonly Tracked[];
}

const NEAR_MM = 0.6; // a mark in the plane
const SEEN_MM = 6; // beyond this a mark is not shown on a plane
const COURSE_MM = 0.9;
const COURSE_SEEN_MM = 4;
const NAMED = 0.16; // millimetres a pixel; coarser, and names would cover the picture
const ROOMY = 0.06; // fine enough that the names of marks leave the nerve in sight
export const GRAB_PX = 14;

export function drawOverlay(surface: SVGSVGElement, frame: Frame, scene: Scene, caption: string): void {
  surface.replaceChildren(
    ...crosshair(frame, scene),
    ...scene.tracked.flatMap((tracked) => courses(frame, scene, tracked)),
    ...markers(frame, scene),
    ...labels(frame, caption),
    ruler(frame, scene.view),
  );
}

/** The mark under a pixel, the nearest in depth where several are. */
export function markAt(frame: Frame, scene: Scene, x: number, y: number): Mark | null {
  const depth = project(frame, scene.view, scene.cross).through;
  const near = scene.marks
    .map((mark) => ({ mark, spot: project(frame, scene.view, mark.xyz_mm) }))
    .filter(({ spot }) => Math.hypot(spot.x - x, spot.y - y) <= GRAB_PX && Math.abs(spot.through - depth) <= SEEN_MM)
    .sort((a, b) => rank(a.mark, a.spot) - rank(b.mark, b.spot));
  return near[0]?.mark ?? null;

  function rank(mark: Mark, spot: Spot): number {
    return mark.id === scene.selected ? -1 : Math.abs(spot.through - depth) + Math.hypot(spot.x - x, spot.y - y) / 10;
  }
}

function crosshair(frame: Frame, scene: Scene): SVGElement[] {
  const { x, y } = project(frame, scene.view, scene.cross);
  const gap = 22;
  const line = (x1: number, y1: number, x2: number, y2: number): SVGElement => svg("line", { class: "cross", x1, y1, x2, y2 });
  return [
    line(0, y, x - gap, y), line(x + gap, y, frame.width, y),
    line(x, 0, x, y - gap), line(x, y + gap, x, frame.height),
  ];
}

function markers(frame: Frame, scene: Scene): SVGElement[] {
  const depth = project(frame, scene.view, scene.cross).through;
  const order = [...scene.marks].sort((a, b) => Number(a.id === scene.selected) - Number(b.id === scene.selected));
  return order.flatMap((mark) => {
    const spot = project(frame, scene.view, mark.xyz_mm);
    const away = Math.abs(spot.through - depth);
    const outside = spot.x < 0 || spot.y < 0 || spot.x > frame.width || spot.y > frame.height;
    return away > SEEN_MM || outside ? [] : [marker(frame, mark, spot, away, scene)];
  });
}

function marker(frame: Frame, mark: Mark, spot: Spot, away: number, scene: Scene): SVGElement {
  const chosen = mark.id === scene.selected;
  const inPlane = away <= NEAR_MM;
  const radius = inPlane ? 7 : 5;
  const words = ["mark", mark.side, mark.source ?? "reader", inPlane ? "here" : "off", chosen ? "chosen" : ""];
  const side = mark.side === "left" ? "L" : "R";
  const slot = SLOTS.find((one) => one.nerve === mark.nerve && one.kind === mark.kind);
  const group = svg("g", { class: words.join(" "), "data-mark": mark.id, transform: `translate(${spot.x.toFixed(2)} ${spot.y.toFixed(2)})` });
  // An open ring with a gap in its middle: the anatomy under the mark stays in sight.
  if (mark.kind === "vessel") group.append(svg("rect", { x: -radius, y: -radius, width: 2 * radius, height: 2 * radius, class: "ring" }));
  else group.append(svg("circle", { r: radius, class: "ring" }));
  if (inPlane) group.append(svg("path", { d: "M-11 0H-4M4 0H11M0-11V-4M0 4V11", class: "hair" }));
  group.append(svg("circle", { r: GRAB_PX, class: "grab" }));
  if (chosen || mark.id === scene.hovered || (inPlane && scene.view.scale < ROOMY)) {
    const toLeft = spot.x > frame.width - 130;
    group.append(svg("text", { x: toLeft ? -14 : 14, y: -9, "text-anchor": toLeft ? "end" : "start" }, `${side} ${slot?.short ?? mark.kind}`));
  } else {
    group.append(svg("text", { x: 9, y: -7, class: "letter" }, side));
  }
  return group;
}

function courses(frame: Frame, scene: Scene, tracked: Tracked): SVGElement[] {
  const lines = [
    ...tracked.vessels.map((vessel) => ({ points: vessel.points_mm, name: `vessel ${vessel.kind}`, text: vessel.kind === "artery" ? "artery" : "dark line, unsure" })),
    ...tracked.nerves.map((nerve) => ({ points: nerve.points_mm, name: `nerve n${nerve.nerve}`, text: nerve.nerve })),
  ];
  return lines.flatMap(({ points, name, text }) => course(frame, scene, points, name, text));
}

/** A course, strong where it lies in the plane and faint where it runs before or behind it. */
function course(frame: Frame, scene: Scene, points: readonly Vec3[], name: string, text: string): SVGElement[] {
  const depth = project(frame, scene.view, scene.cross).through;
  const spots = points.map((point) => project(frame, scene.view, point));
  const pieces: { here: boolean; spots: Spot[] }[] = [];
  for (let k = 1; k < spots.length; k++) {
    const [a, b] = [spots[k - 1], spots[k]];
    if (!a || !b) continue;
    const away = Math.abs((a.through + b.through) / 2 - depth);
    if (away > COURSE_SEEN_MM) continue;
    const here = away <= COURSE_MM;
    const last = pieces[pieces.length - 1];
    if (last && last.here === here && last.spots[last.spots.length - 1] === a) last.spots.push(b);
    else pieces.push({ here, spots: [a, b] });
  }
  const made = pieces.map((piece) =>
    svg("polyline", {
      class: `course ${name} ${piece.here ? "here" : "off"}`,
      points: piece.spots.map((spot) => `${spot.x.toFixed(1)},${spot.y.toFixed(1)}`).join(" "),
    }),
  );
  if (scene.view.scale > NAMED) return made;
  const inside = spots.filter((s) => s.x > 8 && s.y > 12 && s.x < frame.width - 8 && s.y < frame.height - 8 && Math.abs(s.through - depth) <= COURSE_MM);
  const middle = inside[Math.floor(inside.length * 0.6)];
  if (middle) made.push(svg("text", { class: `coursename ${name}`, x: middle.x + 6, y: middle.y + 14 }, text));
  return made;
}

function labels(frame: Frame, caption: string): SVGElement[] {
  const at = edgeLetters(frame);
  const { width, height } = frame;
  return [
    svg("text", { class: "edge", x: 8, y: height / 2 + 5 }, at.left),
    svg("text", { class: "edge", x: width - 8, y: height / 2 + 5, "text-anchor": "end" }, at.right),
    svg("text", { class: "edge", x: width / 2, y: 18, "text-anchor": "middle" }, at.top),
    svg("text", { class: "edge", x: width / 2, y: height - 8, "text-anchor": "middle" }, at.bottom),
    svg("text", { class: "caption", x: 8, y: 17 }, caption),
  ];
}

function ruler(frame: Frame, view: View): SVGElement {
  const length = 10 / view.scale > frame.width / 2 ? 1 : 10;
  const pixels = length / view.scale;
  const y = frame.height - 12;
  const x = frame.width - 12 - pixels;
  return svg("g", { class: "ruler" },
    svg("path", { d: `M${x} ${y - 4}V${y}H${x + pixels}V${y - 4}` }),
    svg("text", { x: x + pixels / 2, y: y - 6, "text-anchor": "middle" }, `${length} mm`),
  );
}

/** Millimetres that one turn of the wheel moves through a tile: one voxel of its own series. */
export function stepThrough(frame: Frame): number {
  return frame.grid.step[AXES[frame.plane].through];
}
