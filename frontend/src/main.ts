// Puts the page together: series in, marks moved, marks kept.

import { askToConfirm } from "./confirm";
import { Desk } from "./desk";
import { drawDraft, drawTracked } from "./drafts";
import { mean, type Vec3 } from "./geometry";
import { listenToKeys } from "./keys";
import { Marks, SIDES, SLOTS, type Mark, type Side, type Slot } from "./marks";
import { coordinates, drawMarks, drawTabs, sideName, type PanelState } from "./panel";
import { ReadingForm } from "./reading";
import { Refusal, Server, type Examination, type Kept, type Tracked } from "./server";
import { html, part } from "./svg";
import { Windows } from "./windows";

const SETTLED_MS = 350;
const SIDE_MM = 46;
const BOTH_MM = 92;
const WHOLE_MM = 180;

class Page {
  private readonly server = new Server();
  private readonly marks = new Marks((side) => this.changed(side));
  private readonly desk: Desk;
  private readonly windows: Windows;
  private readonly state: PanelState & { side: Side; armed: Slot | null; seen: Set<number> } = { side: "right", armed: null, seen: new Set() };
  private readonly tracked = new Map<Side, Tracked>();
  private examination: Examination | null = null;
  private wait: ReturnType<typeof setTimeout> | undefined;
  private asked = 0;
  private reading: ReadingForm | null = null;

  constructor() {
    this.desk = new Desk(part("desk"), this.marks, {
      place: (point) => this.place(point),
      window: (dx, dy) => this.windows.drag(dx, dy),
      moved: () => this.readOut(),
    });
    this.windows = new Windows(this.desk);
    this.listen();
  }

  async start(): Promise<void> {
    await this.server.open();
    this.examination = await this.server.examination();
    await this.desk.start();
    await this.windows.load(this.examination.series, (number) => this.server.volume(number));
    this.marks.take(this.examination.seeds, this.examination.confirmed);
    const first = SIDES.find((side) => this.marks.of(side).length > 0);
    this.openSide(first ?? "right");
    if (!first) this.desk.look(this.middle(), WHOLE_MM);
    part("loading").hidden = true;
    part("simulated").hidden = !this.examination.series.some((series) => series.simulated);
    if (this.examination.can_read) this.reading = new ReadingForm(part("reading"), (said) => this.attempt(() => this.server.read(said)));
    this.reading?.show(this.state.side);
    part("notes").hidden = this.examination.notes.length === 0;
    part("notes-list").replaceChildren(...this.examination.notes.map((note) => html("li", {}, note)));
    part("not-found").replaceChildren(...this.examination.not_found.map((reason) => html("li", {}, `Not proposed: ${reason}`)));
    this.say(this.openingWord(this.examination));
    document.body.dataset["ready"] = "yes";
    for (const side of SIDES) void this.track(side);
  }

  private openingWord({ proposed, seeds, file, confirmed }: Examination): string {
    if (proposed) return "Proposed marks: look at each, move it, then confirm.";
    if (seeds.length === 0) return "No marks yet: choose a place in the list, then click on a picture.";
    return confirmed.length > 0 ? `From ${file}; moving a mark takes back its side’s confirmation.` : `From ${file}, not confirmed.`;
  }

  private listen(): void {
    const on = (id: string, act: () => void): void => part(id).addEventListener("click", act);
    on("undo", () => this.marks.undo());
    on("redo", () => this.marks.redo());
    on("in", () => this.desk.zoom(1.25));
    on("out", () => this.desk.zoom(0.8));
    on("this-side", () => this.lookAtSide());
    on("both", () => this.lookAtBoth());
    on("save", () => void this.keep({}));
    on("track", () => void this.track(this.state.side));
    on("measure", () => void this.measure());
    for (const side of SIDES) on(`confirm-${side}`, () => void this.confirm(side));
    listenToKeys(this.desk, this.marks, { save: () => void this.keep({}), disarm: () => this.arm(null) });
    addEventListener("beforeunload", (event) => {
      if (!this.marks.isSaved) event.preventDefault();
    });
    addEventListener("pagehide", () => this.server.leave());
    addEventListener("pageshow", (event) => {
      // The page was only put aside by the browser: tell the program that it is back.
      if (event.persisted) location.reload();
    });
  }

  private changed(side: Side | null): void {
    for (const one of side === null ? SIDES : [side]) this.tracked.delete(one);
    this.desk.tracked = [...this.tracked.values()];
    if (this.marks.selected !== null) this.state.seen.add(this.marks.selected);
    drawDraft(part("draft"), null);
    this.redraw();
    if (this.examination && part<HTMLInputElement>("always").checked) this.trackSoon(side ?? this.state.side);
  }

  private redraw(): void {
    this.desk.draw();
    this.drawPanel();
  }

  private drawPanel(): void {
    const hooks = {
      side: (side: Side) => this.openSide(side),
      choose: (mark: Mark) => this.choose(mark),
      arm: (slot: Slot | null) => this.arm(slot),
      here: (slot: Slot) => this.put(slot, this.desk.cross),
    };
    drawTabs(part("tabs"), this.marks, this.state, hooks);
    drawMarks(part("marks"), this.marks, this.state, hooks);
    drawTracked(part("courses"), this.tracked.get(this.state.side) ?? null);
    part<HTMLButtonElement>("undo").disabled = !this.marks.canUndo;
    part<HTMLButtonElement>("redo").disabled = !this.marks.canRedo;
    part<HTMLButtonElement>("save").disabled = this.marks.isSaved && !this.examination?.proposed;
    for (const side of SIDES) {
      const there = SLOTS.filter((slot) => slot.nerve === "VII" && !slot.optional).every((slot) => this.marks.of(side, "VII", slot.kind).length > 0);
      const confirm = part<HTMLButtonElement>(`confirm-${side}`);
      confirm.disabled = !there || this.marks.isConfirmed(side);
      confirm.textContent = this.marks.isConfirmed(side) ? `${sideName(side)} confirmed` : `Confirm ${sideName(side).toLowerCase()} …`;
    }
    const crossed = this.marks.crossed();
    this.problem(crossed.length > 0 ? `Left and right are exchanged: ${crossed.join(", ")}. The patient’s left is at the picture’s right.` : null);
  }

  private readOut(): void {
    const word = this.state.armed ? `Click where the ${this.state.armed.name} of the ${sideName(this.state.side).toLowerCase()} is.` : "Crosshair";
    part("readout").textContent = `${word}  ${coordinates(this.desk.cross)} mm`;
    part("desk").classList.toggle("placing", this.state.armed !== null);
  }

  private openSide(side: Side): void {
    this.state.side = side;
    this.state.armed = null;
    if (this.marks.selectedMark && this.marks.selectedMark.side !== side) this.marks.selected = null;
    this.lookAtSide();
    this.drawPanel();
    this.reading?.show(side);
  }

  private lookAtSide(): void {
    const marks = this.marks.of(this.state.side).map((mark) => mark.xyz_mm);
    const centre = mean(marks) ?? this.beside(this.state.side);
    const root = this.marks.of(this.state.side, "VII", "root_exit")[0]?.xyz_mm;
    this.desk.cross = root ?? centre;
    this.desk.look(centre, SIDE_MM);
  }

  private lookAtBoth(): void {
    const marks = this.marks.all.map((mark) => mark.xyz_mm);
    this.desk.look(mean(marks) ?? this.middle(), BOTH_MM);
  }

  private middle(): Vec3 {
    const grid = this.desk.main.grid;
    return grid ? grid.toLps([grid.size[0] / 2, grid.size[1] / 2, grid.size[2] / 2]) : [0, 0, 0];
  }

  /** Where the cistern of a side may be looked for while nothing is marked. */
  private beside(side: Side): Vec3 {
    const [x, y, z] = this.middle();
    return [x + (side === "left" ? 15 : -15), y, z];
  }

  private choose(mark: Mark): void {
    this.state.armed = null;
    this.marks.selected = mark.id;
    this.state.seen.add(mark.id);
    this.desk.goTo(mark.xyz_mm);
    this.drawPanel();
  }

  private arm(slot: Slot | null): void {
    this.state.armed = slot;
    this.marks.selected = null;
    this.redraw();
  }

  private place(point: Vec3): boolean {
    const slot = this.state.armed;
    if (!slot) return false;
    this.put(slot, point);
    return true;
  }

  private put(slot: Slot, point: Vec3): void {
    this.state.armed = null;
    const mark = this.marks.place(this.state.side, slot, point);
    this.desk.goTo(mark.xyz_mm);
    this.drawPanel();
  }

  private trackSoon(side: Side): void {
    clearTimeout(this.wait);
    this.wait = setTimeout(() => void this.track(side), SETTLED_MS);
  }

  private async track(side: Side): Promise<void> {
    const ends = SLOTS.filter((slot) => slot.nerve === "VII" && !slot.optional);
    if (!ends.every((slot) => this.marks.of(side, "VII", slot.kind).length > 0)) return;
    const number = ++this.asked;
    const before = this.marks.all;
    part("tracking-state").textContent = "tracking …";
    const found = await this.attempt(() => this.server.track(side, this.marks.stored()));
    if (number === this.asked) part("tracking-state").textContent = "";
    if (!found || before !== this.marks.all) return;
    this.tracked.set(side, found);
    this.desk.tracked = [...this.tracked.values()];
    this.redraw();
  }

  private async measure(): Promise<void> {
    const { side } = this.state;
    const before = this.marks.all;
    const measure = part<HTMLButtonElement>("measure");
    measure.disabled = true;
    measure.textContent = "Measuring …";
    const draft = await this.attempt(() => this.server.draft(side, this.marks.stored()));
    measure.disabled = false;
    measure.textContent = "Measure a draft";
    if (!draft || before !== this.marks.all) return;
    drawDraft(part("draft"), draft);
    part("draft").scrollIntoView({ block: "nearest" });
  }

  private async confirm(side: Side): Promise<void> {
    const initials = await askToConfirm(this.marks, side, this.state.seen);
    if (initials !== null) await this.keep({ [side]: initials });
  }

  private async keep(confirm: Partial<Record<Side, string>>): Promise<void> {
    const sent = this.marks.all;
    const kept = await this.attempt(() => this.server.keep(this.marks.stored(), confirm));
    if (!kept) return;
    if (this.examination) this.examination.proposed = false;
    const tracked = sent === this.marks.all ? [...this.tracked] : [];
    this.marks.settle(sent, kept.seeds, kept.confirmed);
    for (const [side, found] of tracked) this.tracked.set(side, found);
    this.desk.tracked = [...this.tracked.values()];
    this.say(this.savedWord(kept));
    this.redraw();
  }

  private savedWord({ time, aside, counts, confirmed }: Kept): string {
    const when = time ? new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : "";
    const before = aside ? ` Earlier marks: ${aside}.` : "";
    const open = SIDES.filter((side) => this.marks.of(side).length > 0 && !confirmed.includes(side));
    const still = counts ? " Confirmed: measures will rest on them." : ` Not confirmed yet: ${open.map((side) => sideName(side).toLowerCase()).join(", ") || "no marks"}.`;
    return `Saved ${when}.${still}${before}`;
  }

  private say(text: string): void {
    part("saved").textContent = text;
  }

  private problem(text: string | null): void {
    part("problem").hidden = text === null;
    part("problem").textContent = text ?? "";
  }

  private async attempt<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      this.problem(error instanceof Error ? error.message : "It failed.");
      return null;
    }
  }
}

new Page().start().catch((error: unknown) => {
  part("loading").textContent = error instanceof Refusal ? error.message : "The page could not start: does this browser allow WebGL 2?";
});
