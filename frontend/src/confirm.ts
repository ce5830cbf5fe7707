// The one place where a reader stands for a side's marks: asked once per side, with initials.

import type { Marks, Side } from "./marks";
import { SLOTS } from "./marks";
import { coordinates, sideName } from "./panel";
import { html, part } from "./svg";

const STORED = "hemispasm-initials";

/** Ask; the initials, or null where the reader goes back. */
export function askToConfirm(marks: Marks, side: Side, seen: ReadonlySet<number>): Promise<string | null> {
  const dialog = part<HTMLDialogElement>("confirm");
  const own = SLOTS.flatMap((slot) => marks.of(side, slot.nerve, slot.kind).map((mark) => ({ slot, mark })));
  const rows = own.map(({ slot, mark }) =>
    html(
      "tr",
      {},
      html("td", {}, slot.name),
      html("td", { class: "where" }, coordinates(mark.xyz_mm)),
      html("td", {}, mark.source === "proposed" ? "proposed, not moved" : "set"),
      html("td", {}, seen.has(mark.id) ? "" : "not looked at"),
    ),
  );
  part("confirm-title").textContent = `Confirm the marks of the ${sideName(side).toLowerCase()}?`;
  part("confirm-marks").replaceChildren(...rows);
  part("confirm-side").className = `sidebanner ${side}`;
  part("confirm-side").textContent = `${side === "left" ? "L" : "R"} · ${sideName(side)}`;
  const warnings = [
    ...SLOTS.filter((slot) => slot.nerve === "VIII" && marks.of(side, slot.nerve, slot.kind).length === 0).map(
      (slot) => `${slot.name} is not marked: nothing tells VII and VIII apart there.`,
    ),
    ...(own.some(({ mark }) => !seen.has(mark.id)) ? ["Some marks were not looked at since the page was opened."] : []),
    ...(own.some(({ mark }) => mark.source === "proposed") ? ["Proposed marks that were not moved become yours."] : []),
  ];
  part("confirm-warnings").replaceChildren(...warnings.map((text) => html("li", {}, text)));
  const initials = part<HTMLInputElement>("initials");
  initials.value = sessionStorage.getItem(STORED) ?? "";
  return new Promise((answer) => {
    dialog.addEventListener(
      "close",
      () => {
        const said = initials.value.trim();
        const agreed = dialog.returnValue === "confirm" && said !== "";
        if (agreed) sessionStorage.setItem(STORED, said);
        answer(agreed ? said : null);
      },
      { once: true },
    );
    dialog.returnValue = "";
    part("go-back").onclick = () => dialog.close("");
    // Only the button confirms: Enter after the initials leads to it and does not press it.
    initials.onkeydown = (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      part("stand").focus();
    };
    dialog.showModal();
    initials.focus();
  });
}
