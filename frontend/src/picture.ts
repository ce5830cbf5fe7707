// The one place that knows the viewer. It draws; where things lie is decided in geometry.ts.

import { Niivue, NVImage, SLICE_TYPE } from "@niivue/niivue";
import { AXES, extent, Grid, PLANES, type Frame, type Plane, type Vec3, type View } from "./geometry";

const TYPES: Record<Plane, SLICE_TYPE> = {
  axial: SLICE_TYPE.AXIAL,
  coronal: SLICE_TYPE.CORONAL,
  sagittal: SLICE_TYPE.SAGITTAL,
};
type Box = ReturnType<Niivue["screenFieldOfViewExtendedVox"]>;

/** A tile of a picture: a plane, and its place on the canvas as fractions of it. */
export interface Pane {
  plane: Plane;
  place: [number, number, number, number];
}

/** The viewer with windows of our own: a pane shows what the page says, and fills its place. */
class Windowed extends Niivue {
  readonly windows = new Map<SLICE_TYPE, Box>();

  override screenFieldOfViewExtendedVox(plane: number = 0): Box {
    const box = super.screenFieldOfViewExtendedVox(plane);
    return this.windows.get(plane as SLICE_TYPE) ?? box;
  }

  override calculateWidthHeight(_type: number, _scale: number[], width: number, height: number): [number, number] {
    return [width, height];
  }

  wholeField(plane: Plane): Box {
    return super.screenFieldOfViewExtendedVox(TYPES[plane]);
  }
}

/** One canvas with one series, and perhaps a second one drawn over it. */
export class Picture {
  private readonly viewer: Windowed;
  private panes: readonly Pane[] = [];
  private waiting = false;
  grid: Grid | null = null;

  constructor(private readonly canvas: HTMLCanvasElement) {
    this.viewer = new Windowed({
      interactive: false,
      dragAndDropEnabled: false,
      isOrientationTextVisible: false,
      isRadiologicalConvention: true,
      sagittalNoseLeft: true,
      isSliceMM: false,
      isColorbar: false,
      crosshairWidth: 0,
      backColor: [0, 0, 0, 1],
      loadingText: "",
      logLevel: "error",
    });
  }

  async start(panes: readonly Pane[]): Promise<void> {
    this.panes = panes;
    await this.viewer.attachToCanvas(this.canvas, false);
    this.viewer.setCustomLayout(panes.map((pane) => ({ sliceType: TYPES[pane.plane], position: pane.place })));
  }

  /** Show a series in place of what was shown. */
  async load(data: ArrayBuffer, window: readonly [number, number]): Promise<void> {
    while (this.viewer.volumes.length > 0) {
      const last = this.viewer.volumes[this.viewer.volumes.length - 1];
      if (last) this.viewer.removeVolume(last);
    }
    this.viewer.addVolume(await NVImage.loadFromUrl({ url: data.slice(0), name: "series.nii", colormap: "gray", cal_min: window[0], cal_max: window[1] }));
    this.grid = gridOf(this.viewer);
  }

  /** Draw a second series over the first, invisible until it is given an opacity. */
  async lay(data: ArrayBuffer, [low, high]: readonly [number, number]): Promise<void> {
    this.viewer.addVolume(await NVImage.loadFromUrl({ url: data.slice(0), name: "over.nii", colormap: "warm", opacity: 0, cal_min: low, cal_max: high }));
  }

  setFusion(opacity: number): void {
    if (this.viewer.volumes.length > 1) this.viewer.setOpacity(1, opacity);
  }

  setWindow([low, high]: readonly [number, number]): void {
    const first = this.viewer.volumes[0];
    if (!first) return;
    first.cal_min = low;
    first.cal_max = high;
    this.viewer.updateGLVolume();
  }

  /** Draw the planes through a point, at most once a frame. */
  show(frames: ReadonlyMap<Plane, Frame>, view: View, cross: Vec3): void {
    const grid = this.grid;
    if (!grid) return;
    for (const pane of this.panes) {
      const frame = frames.get(pane.plane);
      if (frame) this.viewer.windows.set(TYPES[pane.plane], this.windowOf(frame, view));
    }
    const mm = grid.fromLps(cross);
    const at = this.viewer.scene.crosshairPos;
    for (const k of [0, 1, 2] as const) at[k] = mm[k] / grid.size[k];
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.viewer.drawScene();
    });
  }

  private windowOf(frame: Frame, view: View): Box {
    const box = this.viewer.wholeField(frame.plane);
    const { across, up } = extent(frame, view);
    const axes = AXES[frame.plane];
    const origin = this.viewer.volumes[0]?.extentsMinOrtho ?? [0, 0, 0];
    const from = [origin[axes.across] ?? 0, origin[axes.up] ?? 0] as const;
    box.mnMM[0] = across[0] + from[0];
    box.mxMM[0] = across[1] + from[0];
    box.mnMM[1] = up[0] + from[1];
    box.mxMM[1] = up[1] + from[1];
    box.fovMM[0] = across[1] - across[0];
    box.fovMM[1] = up[1] - up[0];
    return box;
  }
}

function gridOf(viewer: Niivue): Grid | null {
  const volume = viewer.volumes[0];
  const dims = volume?.dimsRAS;
  const steps = volume?.pixDimsRAS;
  if (!volume?.frac2mm || !dims || !steps) return null;
  const step = [1, 2, 3].map((k) => steps[k] ?? 1) as [number, number, number];
  const size = step.map((mm, k) => mm * (dims[k + 1] ?? 1)) as [number, number, number];
  return new Grid(volume.frac2mm as ArrayLike<number>, size, step);
}

export const ALL_PLANES = PLANES;
