// The reader's marks: where they lie, who stands for them, and every step back.

import { rounded, type Vec3 } from "./geometry";

export type Side = "left" | "right";
export type Nerve = "VII" | "VIII";
export type Kind = "root_exit" | "detachment" | "porus" | "vessel";

export const SIDES: readonly Side[] = ["right", "left"]; // as they stand on the picture
export const VESSELS = ["unnamed", "aica", "pica", "va", "ba", "vein"] as const;

/** A mark as seeds.json has it. */
export interface StoredMark {
  nerve: Nerve;
  side: Side;
  kind: Kind;
  xyz_mm: Vec3;
  source?: "reader" | "proposed" | "simulated";
  vessel?: string | null;
  reader?: string;
  time?: string;
  sd_mm?: number;
}

export interface Mark extends StoredMark {
  id: number;
}

/** A place that is to be marked on each side. */
export interface Slot {
  nerve: Nerve;
  kind: Kind;
  name: string;
  short: string;
  where: string;
  optional: boolean;
}

export const SLOTS: readonly Slot[] = [
  { nerve: "VII", kind: "root_exit", name: "VII root exit", short: "VII exit", optional: false, where: "where the facial nerve leaves the brainstem, at the pontomedullary sulcus" },
  { nerve: "VII", kind: "detachment", name: "VII detachment", short: "VII off", optional: true, where: "where it leaves the surface of the pons; the attached part is measured only with it" },
  { nerve: "VII", kind: "porus", name: "VII porus", short: "VII porus", optional: false, where: "where it enters the internal acoustic meatus" },
  { nerve: "VIII", kind: "root_exit", name: "VIII root exit", short: "VIII exit", optional: false, where: "where the vestibulocochlear nerve leaves the brainstem; tells the two nerves apart" },
  { nerve: "VIII", kind: "porus", name: "VIII porus", short: "VIII porus", optional: false, where: "where it enters the internal acoustic meatus" },
  { nerve: "VII", kind: "vessel", name: "Vessel", short: "vessel", optional: true, where: "a point inside a vessel you suspect; the attached part needs it" },
];

const STEPS_BACK = 200;

/** All marks as they were between two steps. */
export type Moment = readonly Mark[];

export class Marks {
  private now: Moment = [];
  private past: Moment[] = [];
  private future: Moment[] = [];
  private nextId = 1;
  private keptSides: ReadonlySet<Side> = new Set();
  private keptMoment: Moment = this.now;
  selected: number | null = null;

  constructor(private readonly changed: (side: Side | null) => void) {}

  /** Begin anew with what the program keeps. */
  take(stored: readonly StoredMark[], confirmed: readonly Side[]): void {
    this.now = stored.map((mark) => ({ ...mark, id: this.nextId++ }));
    this.keptMoment = this.now;
    this.keptSides = new Set(confirmed);
    this.past = [];
    this.future = [];
    this.selected = null;
    this.changed(null);
  }

  /** The program has kept the marks that were sent; what was done since then stays, as not yet kept. */
  settle(sent: Moment, stored: readonly StoredMark[], confirmed: readonly Side[]): void {
    const heirs = new Map(sent.map((mark) => [mark, { ...(stored.find((one) => samePlace(one, mark)) ?? mark), id: mark.id }]));
    const kept = sent.map((mark) => heirs.get(mark) ?? mark);
    const renew = (moment: Moment): Moment => (moment === sent ? kept : moment.map((mark) => heirs.get(mark) ?? mark));
    this.past = this.now === sent ? [] : this.past.slice(Math.max(this.past.indexOf(sent), 0)).map(renew);
    this.future = this.now === sent ? [] : this.future.map(renew);
    this.now = renew(this.now);
    this.keptMoment = kept;
    this.keptSides = new Set(confirmed);
    this.changed(null);
  }

  get all(): Moment {
    return this.now;
  }

  get selectedMark(): Mark | undefined {
    return this.now.find((mark) => mark.id === this.selected);
  }

  get isSaved(): boolean {
    return this.now === this.keptMoment;
  }

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  of(side: Side, nerve?: Nerve, kind?: Kind): readonly Mark[] {
    return this.all.filter(
      (mark) => mark.side === side && (nerve === undefined || mark.nerve === nerve) && (kind === undefined || mark.kind === kind),
    );
  }

  isConfirmed(side: Side): boolean {
    const kept = this.keptMoment.filter((mark) => mark.side === side);
    const own = this.of(side);
    return this.keptSides.has(side) && own.length === kept.length && own.every((mark, k) => mark === kept[k]);
  }

  place(side: Side, slot: Slot, xyz: Vec3): Mark {
    const mark: Mark = { id: this.nextId++, nerve: slot.nerve, side, kind: slot.kind, xyz_mm: rounded(xyz), source: "reader" };
    this.selected = mark.id;
    this.step([...this.all, mark], side);
    return mark;
  }

  /** Move a mark; a drag is one step back, however many moves it is made of. */
  move(id: number, xyz: Vec3, first = true): void {
    const place = rounded(xyz);
    this.edit(id, (mark) => ({ ...own(mark), xyz_mm: place }), first);
  }

  name(id: number, vessel: string): void {
    this.edit(id, (mark) => ({ ...own(mark), vessel: vessel === "unnamed" ? null : vessel }), true);
  }

  remove(id: number): void {
    const mark = this.all.find((one) => one.id === id);
    if (!mark) return;
    if (this.selected === id) this.selected = null;
    this.step(this.all.filter((one) => one.id !== id), mark.side);
  }

  undo(): void {
    this.travel(this.past, this.future);
  }

  redo(): void {
    this.travel(this.future, this.past);
  }

  /** The marks as they are sent: places, not who stands for them; the program knows that itself. */
  stored(): StoredMark[] {
    return this.all.map(({ nerve, side, kind, xyz_mm, vessel }) => ({ nerve, side, kind, xyz_mm, ...(vessel ? { vessel } : {}) }));
  }

  /** Marks of one name that lie on the wrong side of one another. */
  crossed(): string[] {
    return SLOTS.filter((slot) => slot.kind !== "vessel").flatMap((slot) => {
      const [left] = this.of("left", slot.nerve, slot.kind);
      const [right] = this.of("right", slot.nerve, slot.kind);
      return left && right && left.xyz_mm[0] <= right.xyz_mm[0] ? [slot.name] : [];
    });
  }

  private edit(id: number, change: (mark: Mark) => Mark, first: boolean): void {
    const old = this.all.find((mark) => mark.id === id);
    if (!old) return;
    const marks = this.all.map((mark) => (mark.id === id ? change(mark) : mark));
    if (first) this.step(marks, old.side);
    else {
      this.now = marks;
      this.changed(old.side);
    }
  }

  private step(marks: Moment, side: Side): void {
    this.past = [...this.past.slice(1 - STEPS_BACK), this.now];
    this.future = [];
    this.now = marks;
    this.changed(side);
  }

  private travel(from: Moment[], to: Moment[]): void {
    const there = from.pop();
    if (!there) return;
    to.push(this.now);
    this.now = there;
    if (!this.selectedMark) this.selected = null;
    this.changed(null);
  }
}

function own(mark: Mark): Mark {
  const { reader: _reader, time: _time, sd_mm: _sd, ...rest } = mark;
  return { ...rest, source: "reader" };
}

function samePlace(a: StoredMark, b: StoredMark): boolean {
  return a.nerve === b.nerve && a.side === b.side && a.kind === b.kind && a.xyz_mm.every((v, k) => v === b.xyz_mm[k]);
}
