// The four tiles: where they lie, what they show together, and what the pointer does on them.

import { add, AXES, project, stepOn, unproject, type Frame, type Plane, type Vec3, type View } from "./geometry";
import type { Mark, Marks } from "./marks";
import { drawOverlay, markAt, stepThrough, type Scene } from "./overlay";
import { Picture, type Pane } from "./picture";
import type { Tracked } from "./server";
import { html, svg } from "./svg";

const HALF = 0.5;
const MAIN: readonly Pane[] = [
  { plane: "axial", place: [0, 0, HALF, HALF] },
  { plane: "coronal", place: [0, HALF, HALF, HALF] },
  { plane: "sagittal", place: [HALF, HALF, HALF, HALF] },
];
const BESIDE: readonly Pane[] = [{ plane: "axial", place: [0, 0, 1, 1] }];
const FINEST = 0.008;
const COARSEST = 2;
const EDGE = 0.08;

interface Tile {
  pane: Pane;
  picture: Picture;
  surface: SVGSVGElement;
  box: HTMLElement;
  name: string;
}

export interface Hooks {
  /** A click on a picture while a place waits for its mark; true when the click was used for it. */
  place(xyz: Vec3): boolean;
  window(dx: number, dy: number): void;
  moved(): void;
}

export class Desk {
  readonly main: Picture;
  readonly beside: Picture;
  view: View = { centre: [0, 0, 0], scale: 0.3 };
  cross: Vec3 = [0, 0, 0];
  tracked: readonly Tracked[] = [];
  active: Plane = "axial";
  private readonly tiles: Tile[];
  private hovered: number | null = null;
  private readonly drawnAt = new Map<SVGSVGElement, string>();

  constructor(root: HTMLElement, private readonly marks: Marks, private readonly hooks: Hooks) {
    const canvas = html("canvas", { class: "main" });
    const second = html("canvas");
    const mainBox = html("div", { class: "canvas main" }, canvas);
    const besideBox = html("div", { class: "canvas beside" }, second);
    root.append(mainBox, besideBox);
    this.main = new Picture(canvas);
    this.beside = new Picture(second);
    this.tiles = [
      ...MAIN.map((pane) => this.tile(root, pane, this.main)),
      ...BESIDE.map((pane) => this.tile(root, pane, this.beside, "beside")),
    ];
    new ResizeObserver(() => this.draw()).observe(root);
  }

  async start(): Promise<void> {
    await this.main.start(MAIN);
    await this.beside.start(BESIDE);
  }

  name(plane: Plane, beside: boolean, text: string): void {
    const tile = this.tiles.find((one) => one.pane.plane === plane && (one.picture === this.beside) === beside);
    if (tile) tile.name = text;
  }

  frameOf(plane: Plane): Frame | null {
    const tile = this.tiles.find((one) => one.pane.plane === plane && one.picture === this.main);
    return tile ? this.frame(tile) : null;
  }

  /** Show a point on every plane; the pictures follow only where it would leave them. */
  goTo(point: Vec3): void {
    this.cross = point;
    const out = this.tiles.some((tile) => {
      const frame = tile.picture === this.main ? this.frame(tile) : null;
      if (!frame) return false;
      const { x, y } = project(frame, this.view, point);
      const [dx, dy] = [frame.width * EDGE, frame.height * EDGE];
      return x < dx || y < dy || x > frame.width - dx || y > frame.height - dy;
    });
    if (out) this.view = { ...this.view, centre: point };
    this.draw();
  }

  /** Show a stretch of the patient: so many millimetres around a point. */
  look(centre: Vec3, millimetres: number): void {
    const frame = this.frameOf("axial");
    const pixels = frame ? Math.min(frame.width, frame.height) : 300;
    this.view = { centre, scale: clamp(millimetres / Math.max(pixels, 50)) };
    this.draw();
  }

  zoom(factor: number, at: Vec3 = this.cross): void {
    const scale = clamp(this.view.scale / factor);
    const share = 1 - scale / this.view.scale;
    const [a, b] = [this.view.centre, at];
    this.view = { scale, centre: [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]), a[2] + share * (b[2] - a[2])] };
    this.draw();
  }

  /** Move the chosen mark, else the crosshair, on the plane that was used last. */
  nudge(right: number, up: number, through: number): void {
    const frame = this.frameOf(this.active);
    if (!frame) return;
    const step = stepOn(frame, right, up, through);
    const mark = this.marks.selectedMark;
    if (mark) {
      this.marks.move(mark.id, add(mark.xyz_mm, step));
      this.goTo(add(mark.xyz_mm, step));
    } else {
      this.goTo(add(this.cross, step));
    }
  }

  draw(): void {
    for (const picture of [this.main, this.beside]) {
      const frames = new Map<Plane, Frame>();
      for (const tile of this.tiles.filter((one) => one.picture === picture)) {
        const frame = this.frame(tile);
        if (!frame) continue;
        frames.set(tile.pane.plane, frame);
        tile.surface.setAttribute("viewBox", `0 0 ${frame.width} ${frame.height}`);
        drawOverlay(tile.surface, frame, this.scene, tile.name);
        tile.box.classList.toggle("active", tile.pane.plane === this.active && picture === this.main);
      }
      picture.show(frames, this.view, this.cross);
    }
    this.hooks.moved();
  }

  private get scene(): Scene {
    return {
      view: this.view,
      cross: this.cross,
      marks: this.marks.all,
      selected: this.marks.selected,
      hovered: this.hovered,
      tracked: this.tracked,
    };
  }

  private frame(tile: Tile): Frame | null {
    const grid = tile.picture.grid;
    const { clientWidth: width, clientHeight: height } = tile.box;
    return grid && width > 0 && height > 0 ? { grid, plane: tile.pane.plane, width, height } : null;
  }

  private tile(root: HTMLElement, pane: Pane, picture: Picture, extra = ""): Tile {
    const surface = svg("svg", { class: "overlay", role: "img", "aria-label": `${pane.plane} plane` }) as SVGSVGElement;
    const box = html("div", { class: `tile ${pane.plane} ${extra}` }, surface);
    root.append(box);
    const tile: Tile = { pane, picture, surface, box, name: pane.plane };
    this.listen(tile);
    return tile;
  }

  private listen(tile: Tile): void {
    const { surface } = tile;
    surface.addEventListener("contextmenu", (event) => event.preventDefault());
    surface.addEventListener("pointerdown", (event) => this.press(tile, event));
    surface.addEventListener("pointermove", (event) => this.hover(tile, event));
    surface.addEventListener("wheel", (event) => this.wheel(tile, event), { passive: false });
  }

  private press(tile: Tile, event: PointerEvent): void {
    const frame = this.frame(tile);
    if (!frame) return;
    event.preventDefault();
    tile.surface.setPointerCapture(event.pointerId);
    this.active = tile.pane.plane;
    const mark = markAt(frame, this.scene, ...spotOf(event));
    const drag =
      event.button === 2 ? this.windowing(event)
      : event.button === 1 || event.shiftKey ? this.panning(frame, event)
      : mark ? this.dragging(frame, mark, event)
      : this.pointing(frame, event);
    const move = (next: PointerEvent): void => drag(next);
    const end = (): void => {
      tile.surface.removeEventListener("pointermove", move);
      tile.surface.removeEventListener("pointerup", end);
      tile.surface.removeEventListener("pointercancel", end);
    };
    tile.surface.addEventListener("pointermove", move);
    tile.surface.addEventListener("pointerup", end);
    tile.surface.addEventListener("pointercancel", end);
  }

  /** A mark keeps its depth while it is dragged; where on it the hand took hold does not matter. */
  private dragging(frame: Frame, mark: Mark, start: PointerEvent): (event: PointerEvent) => void {
    this.marks.selected = mark.id;
    const spot = project(frame, this.view, mark.xyz_mm);
    const from = spotOf(start);
    const [dx, dy] = [spot.x - from[0], spot.y - from[1]];
    let first = true;
    this.cross = mark.xyz_mm;
    this.draw();
    return (event) => {
      const [x, y] = spotOf(event);
      if (first && Math.hypot(x - from[0], y - from[1]) < 2) return;
      const place = unproject(frame, this.view, x + dx, y + dy, spot.through);
      this.marks.move(mark.id, place, first);
      first = false;
      this.cross = this.marks.selectedMark?.xyz_mm ?? place;
      this.draw();
    };
  }

  private pointing(frame: Frame, start: PointerEvent): (event: PointerEvent) => void {
    const depth = project(frame, this.view, this.cross).through;
    const at = (event: PointerEvent): Vec3 => unproject(frame, this.view, ...spotOf(event), depth);
    const point = at(start);
    if (this.hooks.place(point)) return () => undefined;
    this.marks.selected = null;
    this.cross = point;
    this.draw();
    return (event) => {
      this.cross = at(event);
      this.draw();
    };
  }

  private panning(frame: Frame, start: PointerEvent): (event: PointerEvent) => void {
    const { centre, scale } = this.view;
    const from = spotOf(start);
    return (event) => {
      const [x, y] = spotOf(event);
      const step = stepOn(frame, -(x - from[0]) * scale, (y - from[1]) * scale, 0);
      this.view = { centre: add(centre, step), scale };
      this.draw();
    };
  }

  private windowing(start: PointerEvent): (event: PointerEvent) => void {
    let [x, y] = spotOf(start);
    return (event) => {
      const [nextX, nextY] = spotOf(event);
      this.hooks.window(nextX - x, nextY - y);
      [x, y] = [nextX, nextY];
    };
  }

  private hover(tile: Tile, event: PointerEvent): void {
    const frame = this.frame(tile);
    if (!frame || event.buttons !== 0) return;
    const mark = markAt(frame, this.scene, ...spotOf(event));
    const seen = `${mark?.id ?? ""}`;
    tile.surface.classList.toggle("grabbable", mark !== null);
    if (this.drawnAt.get(tile.surface) === seen) return;
    this.drawnAt.set(tile.surface, seen);
    this.hovered = mark?.id ?? null;
    drawOverlay(tile.surface, frame, this.scene, tile.name);
  }

  private wheel(tile: Tile, event: WheelEvent): void {
    const frame = this.frame(tile);
    if (!frame) return;
    event.preventDefault();
    this.active = tile.pane.plane;
    const turn = -Math.sign(event.deltaY);
    const depth = project(frame, this.view, this.cross).through;
    if (event.ctrlKey || event.metaKey) {
      this.zoom(turn > 0 ? 1.15 : 1 / 1.15, unproject(frame, this.view, ...spotOf(event), depth));
      return;
    }
    const limit = frame.grid.size[AXES[frame.plane].through];
    const next = Math.min(Math.max(depth + turn * stepThrough(frame), 0), limit);
    this.cross = add(this.cross, stepOn(frame, 0, 0, next - depth));
    this.draw();
  }
}

/** Where the pointer is on its tile; offsets would be those of whatever is drawn there. */
function spotOf(event: MouseEvent): [number, number] {
  const box = (event.currentTarget as Element).getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

function clamp(scale: number): number {
  return Math.min(Math.max(scale, FINEST), COARSEST);
}
