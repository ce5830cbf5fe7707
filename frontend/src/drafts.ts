// What the program makes of the marks as they lie: courses beside the list, and a draft measure.

import type { Draft, DraftFinding, Tracked } from "./server";
import { html } from "./svg";

export function drawTracked(root: HTMLElement, tracked: Tracked | null): void {
  if (!tracked) {
    root.replaceChildren();
    return;
  }
  const arteries = tracked.vessels.filter((vessel) => vessel.kind === "artery").length;
  const unsure = tracked.vessels.length - arteries;
  const lines = [
    ...tracked.nerves.map((nerve) => `${nerve.nerve}: ${nerve.reasons.length === 0 ? "course found" : nerve.reasons.join("; ")}`),
    `${count(arteries, "artery", "arteries")} near VII${unsure > 0 ? `; ${count(unsure, "dark line", "dark lines")} that may be no vessel` : ""}`,
  ];
  root.replaceChildren(...lines.map((line) => html("li", {}, line)));
}

export function drawDraft(root: HTMLElement, draft: Draft | null): void {
  if (!draft) {
    root.replaceChildren();
    return;
  }
  const grade = html("p", {}, html("strong", {}, `Patient’s ${draft.side}: class ${draft.grade}. `), draft.reasons.join("; "));
  const distances = draft.findings.filter((found) => found.code === "imaging.vessel_nerve_distance");
  root.replaceChildren(
    html("p", { class: "draft" }, html("strong", {}, "DRAFT"), " With the marks as they lie now; not for a report."),
    grade,
    ...(distances.length > 0 ? [table(distances)] : []),
    html("p", { class: "help" }, `Contact is seen on ${(100 * draft.healthy_contact).toFixed(0)} % of sides without spasm: a contact alone says nothing about its meaning.`),
    ...draft.next_steps.map((step) => html("p", { class: "help" }, step)),
  );
}

function table(found: readonly DraftFinding[]): HTMLElement {
  const head = html("tr", {}, ...["Segment", "Vessel", "Distance", "Contact"].map((word) => html("th", { scope: "col" }, word)));
  return html("table", {}, html("thead", {}, head), html("tbody", {}, ...found.map(row)));
}

function row(found: DraftFinding): HTMLElement {
  const contact = found.p_contact === null ? "–" : `${(100 * found.p_contact).toFixed(0)} %`;
  return html(
    "tr",
    {},
    html("td", {}, (found.segment ?? "–").replaceAll("_", " ")),
    html("td", {}, found.vessel === null || found.vessel === "unnamed" ? "no name" : found.vessel.toUpperCase()),
    html("td", {}, measured(found)),
    html("td", {}, contact),
  );
}

/** A number never stands without its interval. */
export function measured({ value, interval, unit, reason }: DraftFinding): string {
  if (interval === null) return reason?.split(": ").slice(-1)[0] ?? "not measured";
  const ends = `${interval[0].toFixed(2)} to ${interval[1].toFixed(2)} ${unit ?? ""}`.trim();
  return typeof value === "number" ? `${value.toFixed(2)} (${ends})` : ends;
}

function count(number: number, one: string, several: string): string {
  return `${number} ${number === 1 ? one : several}`;
}
