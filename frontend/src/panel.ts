// The list of marks of one side: what is set, proposed or missing, where it lies, who stands for it.

import type { Vec3 } from "./geometry";
import { SIDES, SLOTS, VESSELS, type Mark, type Marks, type Side, type Slot } from "./marks";
import { button, html } from "./svg";

export interface PanelHooks {
  side(side: Side): void;
  choose(mark: Mark): void;
  arm(slot: Slot | null): void;
  here(slot: Slot): void;
}

export interface PanelState {
  side: Side;
  armed: Slot | null;
  /** Marks that the reader has looked at since the page was opened. */
  seen: ReadonlySet<number>;
}

const STATES = {
  set: ["●", "set"],
  kept: ["✔", "confirmed"],
  proposed: ["◌", "proposed"],
  missing: ["–", "missing"],
  optional: ["–", "optional"],
} as const;
type State = keyof typeof STATES;

export function sideName(side: Side): string {
  return `Patient’s ${side}`;
}

/** The tabs stand as on the picture: the patient's right at its left. */
export function drawTabs(root: HTMLElement, marks: Marks, state: PanelState, hooks: PanelHooks): void {
  root.replaceChildren(
    ...SIDES.map((side) => {
      const chosen = side === state.side;
      const letter = html("span", { class: "sideletter", "aria-hidden": "true" }, side === "left" ? "L" : "R");
      const tab = html(
        "button",
        { type: "button", role: "tab", class: `tab ${side}`, "aria-selected": String(chosen), "aria-controls": "marks", id: `tab-${side}` },
        letter,
        html("span", {}, sideName(side)),
        html("small", {}, sideState(marks, side)),
      );
      tab.addEventListener("click", () => hooks.side(side));
      return tab;
    }),
  );
}

export function sideState(marks: Marks, side: Side): string {
  const own = marks.of(side);
  if (own.length === 0) return "nothing marked";
  if (marks.isConfirmed(side)) return "confirmed";
  const missing = SLOTS.filter((slot) => !slot.optional && marks.of(side, slot.nerve, slot.kind).length === 0).length;
  if (missing > 0) return `${missing} missing`;
  return own.some((mark) => mark.source === "proposed") ? "proposed, not confirmed" : "not confirmed";
}

export function drawMarks(root: HTMLElement, marks: Marks, state: PanelState, hooks: PanelHooks): void {
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset["row"] : undefined;
  root.className = state.side;
  root.setAttribute("aria-labelledby", `tab-${state.side}`);
  const rows = SLOTS.flatMap((slot) => {
    const there = marks.of(state.side, slot.nerve, slot.kind);
    const own = there.map((mark, k) => markRow(slot, mark, there.length > 1 ? k + 1 : 0, marks, state, hooks));
    return there.length === 0 || slot.kind === "vessel" ? [...own, emptyRow(slot, there.length > 0, state, hooks)] : own;
  });
  root.replaceChildren(...rows);
  if (focused !== undefined) root.querySelector<HTMLElement>(`[data-row="${focused}"]`)?.focus();
}

function markRow(slot: Slot, mark: Mark, number: number, marks: Marks, state: PanelState, hooks: PanelHooks): HTMLElement {
  const name = number > 0 ? `${slot.name} ${number}` : slot.name;
  const shown: State = marks.isConfirmed(state.side) ? "kept" : mark.source === "proposed" ? "proposed" : "set";
  const chosen = marks.selected === mark.id;
  const choose = button("", () => hooks.choose(mark), { class: "choose", "data-row": `mark-${mark.id}`, "aria-pressed": String(chosen) });
  choose.append(badge(shown), html("span", { class: "name" }, name), html("span", { class: "where" }, coordinates(mark.xyz_mm)));
  if (!state.seen.has(mark.id) && shown !== "kept") choose.append(html("span", { class: "unseen", title: "You have not opened this mark yet" }, "not looked at"));
  const row = html("li", { class: `row ${shown}${chosen ? " chosen" : ""}`, "data-kind": mark.kind, "data-nerve": mark.nerve }, choose);
  if (slot.kind === "vessel") row.append(vesselName(mark, marks));
  if (chosen) {
    row.append(html("p", { class: "help" }, `${capital(slot.where)}.`));
    row.append(button("Remove", () => marks.remove(mark.id), { class: "quiet" }));
  }
  return row;
}

function emptyRow(slot: Slot, another: boolean, state: PanelState, hooks: PanelHooks): HTMLElement {
  const armed = state.armed === slot;
  const shown: State = slot.optional ? "optional" : "missing";
  const name = another ? `Another ${slot.name.toLowerCase()}` : slot.name;
  const choose = button("", () => hooks.arm(armed ? null : slot), { class: "choose", "data-row": `slot-${slot.nerve}-${slot.kind}`, "aria-pressed": String(armed) });
  choose.append(badge(shown), html("span", { class: "name" }, name), html("span", { class: "where" }, armed ? "click on a picture" : "place"));
  const row = html("li", { class: `row ${shown}${armed ? " armed" : ""}` }, choose);
  if (armed) {
    row.append(html("p", { class: "help" }, `${capital(slot.where)}.`));
    row.append(button("Place at the crosshair", () => hooks.here(slot), { class: "quiet" }));
  }
  return row;
}

function vesselName(mark: Mark, marks: Marks): HTMLElement {
  const choice = html(
    "select",
    { "aria-label": "Name of the vessel" },
    ...VESSELS.map((name) => {
      const option = html("option", { value: name }, name === "unnamed" ? "no name" : name === "vein" ? "vein" : name.toUpperCase());
      option.selected = name === (mark.vessel ?? "unnamed");
      return option;
    }),
  );
  choice.addEventListener("change", () => marks.name(mark.id, choice.value));
  return choice;
}

function badge(state: State): HTMLElement {
  const [sign, word] = STATES[state];
  return html("span", { class: `badge ${state}` }, html("span", { "aria-hidden": "true" }, sign), ` ${word}`);
}

/** A place in words that no convention can turn round. */
export function coordinates([x, y, z]: Vec3): string {
  const one = (value: number, plus: string, minus: string): string => `${value < 0 ? minus : plus} ${Math.abs(value).toFixed(1)}`;
  return `${one(x, "L", "R")}  ${one(y, "P", "A")}  ${one(z, "H", "F")}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
