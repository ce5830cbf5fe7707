// Which series is shown where, and how dark or bright: the toolbar's part of the pictures.

import type { Desk } from "./desk";
import type { Series } from "./server";
import { html, part } from "./svg";

type Window = [number, number];
const STEPS = 1000;

export class Windows {
  private series: Series[] = [];
  private window: Window = [0, 1];
  private waiting = false;

  constructor(private readonly desk: Desk) {
    for (const id of ["low", "high"]) part(id).addEventListener("input", () => this.slide());
    part("window").addEventListener("click", () => this.set(this.series[0]?.window ?? [0, 1]));
    const fusion = part<HTMLInputElement>("fusion");
    fusion.addEventListener("input", () => {
      this.desk.main.setFusion(Number(fusion.value) / 100);
      this.desk.draw();
    });
  }

  /** Show the first series on three planes, and the next one beside it. */
  async load(series: Series[], volume: (number: number) => Promise<ArrayBuffer>): Promise<void> {
    this.series = series;
    const [first] = series;
    if (!first) return;
    const data = await volume(first.number);
    await this.desk.main.load(data, first.window);
    for (const plane of ["axial", "coronal", "sagittal"] as const) this.desk.name(plane, false, `${plane} · ${short(first)}`);
    this.set(first.window, true, false);
    const angiogram = series.find((one) => one.role === "tof" && one !== first);
    const over = angiogram ? await volume(angiogram.number) : null;
    if (angiogram && over) await this.desk.main.lay(over, angiogram.vessels);
    const fusion = part<HTMLInputElement>("fusion");
    fusion.disabled = !over;
    fusion.closest("label")?.toggleAttribute("hidden", !over);
    const choice = part<HTMLSelectElement>("beside");
    choice.replaceChildren(...series.map((one) => html("option", { value: one.number }, one.label)));
    if (series.length === 1) choice.prepend(html("option", { value: "" }, "no other series"));
    const beside = series[1];
    choice.value = String(beside?.number ?? "");
    const show = async (one: Series): Promise<void> => {
      const bytes = one === first ? data : one === angiogram && over ? over : await volume(one.number);
      await this.desk.beside.load(bytes, one.window);
      this.desk.name("axial", true, `axial · ${short(one)}`);
      this.desk.draw();
    };
    choice.addEventListener("change", () => {
      const one = series.find((found) => String(found.number) === choice.value);
      if (one) void show(one);
    });
    if (beside) await show(beside);
  }

  /** Right and left change the width, up and down the level, as on a reading station. */
  drag(dx: number, dy: number): void {
    const [low, high] = this.window;
    const [middle, width] = [(low + high) / 2, high - low];
    const range = (this.series[0]?.most ?? 1) - (this.series[0]?.least ?? 0);
    const wider = Math.max(width + (dx * range) / 600, range / 500);
    const level = middle + (dy * range) / 800;
    this.set([level - wider / 2, level + wider / 2]);
  }

  private slide(): void {
    const read = (id: string): number => Number(part<HTMLInputElement>(id).value) / STEPS;
    const { least, most } = this.series[0] ?? { least: 0, most: 1 };
    const [low, high] = [least + read("low") * (most - least), least + read("high") * (most - least)];
    this.set([low, Math.max(high, low + (most - least) / 500)], false);
  }

  private set(window: Window, slide = true, draw = true): void {
    this.window = window;
    const { least, most } = this.series[0] ?? { least: 0, most: 1 };
    if (slide) {
      const place = (value: number): string => String(Math.round((STEPS * (value - least)) / (most - least || 1)));
      part<HTMLInputElement>("low").value = place(window[0]);
      part<HTMLInputElement>("high").value = place(window[1]);
    }
    if (this.waiting || !draw) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.desk.main.setWindow(this.window);
      this.desk.draw();
    });
  }
}

function short(series: Series): string {
  return series.label.split(",")[0] ?? series.role;
}
