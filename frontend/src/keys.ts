// The keyboard: everything a hand can do with the pointer can be done without one.

import type { Desk } from "./desk";
import type { Marks } from "./marks";

const FINE_MM = 0.1;
const COARSE_MM = 1;

export interface KeyHooks {
  save(): void;
  disarm(): void;
}

export function listenToKeys(desk: Desk, marks: Marks, hooks: KeyHooks): void {
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]") || isTyping(event.target)) return;
    const command = event.ctrlKey || event.metaKey;
    if (command ? withCommand(event) : alone(event)) event.preventDefault();
  });

  function withCommand(event: KeyboardEvent): boolean {
    const key = event.key.toLowerCase();
    if (key === "z" && !event.shiftKey) marks.undo();
    else if (key === "y" || key === "z") marks.redo();
    else if (key === "s") hooks.save();
    else return false;
    return true;
  }

  function alone(event: KeyboardEvent): boolean {
    const step = event.shiftKey ? COARSE_MM : FINE_MM;
    const chosen = marks.selectedMark;
    const moves: Record<string, () => void> = {
      ArrowLeft: () => desk.nudge(-step, 0, 0),
      ArrowRight: () => desk.nudge(step, 0, 0),
      ArrowUp: () => desk.nudge(0, step, 0),
      ArrowDown: () => desk.nudge(0, -step, 0),
      PageUp: () => desk.nudge(0, 0, step),
      PageDown: () => desk.nudge(0, 0, -step),
      "1": () => activate("axial"),
      "2": () => activate("coronal"),
      "3": () => activate("sagittal"),
      "+": () => desk.zoom(1.25),
      "=": () => desk.zoom(1.25),
      "-": () => desk.zoom(0.8),
      Escape: () => hooks.disarm(),
      Delete: () => chosen && marks.remove(chosen.id),
    };
    const act = moves[event.key];
    act?.();
    return act !== undefined && event.key !== "Escape";
  }

  function activate(plane: "axial" | "coronal" | "sagittal"): void {
    desk.active = plane;
    desk.draw();
  }
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, select, textarea");
}
