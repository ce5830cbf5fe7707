// A blinded reading of one side at a time. The page never knows the side of the symptoms.

import { VESSELS, type Side } from "./marks";
import { sideName } from "./panel";
import { button, html } from "./svg";

const CONTACTS = ["present", "absent", "uncertain"] as const;
const SEGMENTS = ["root_exit", "attached", "transition", "proximal_cisternal", "distal_cisternal", "meatal"] as const;
const GRADES = ["0 none", "1 contact", "2 displacement", "3 indentation"] as const;

type Keep = (said: Record<string, unknown>) => Promise<{ reader: string; read: Side[] } | null>;
type Answers = Record<"contact" | "segment" | "vessel" | "grade" | "note", string>;

const NOTHING: Answers = { contact: "", segment: "", vessel: "", grade: "", note: "" };

export class ReadingForm {
  private side: Side = "right";
  private readonly typed: Record<Side, Answers> = { left: { ...NOTHING }, right: { ...NOTHING } };
  private readonly state = html("p", { role: "status", class: "help" });
  private readonly body = html("div");
  private readonly reader = html("input", { size: 8, maxlength: 8, autocomplete: "off", "aria-label": "Your initials" });

  constructor(root: HTMLElement, private readonly keep: Keep) {
    root.hidden = false;
    root.replaceChildren(
      html("summary", {}, "Reading, blinded"),
      html("p", { class: "help" }, "What you see, one side after the other. Kept for ever beside the series; the side of the symptoms is not shown here."),
      this.body,
      html("div", { class: "line" }, html("label", {}, "Initials ", this.reader), button("Keep this reading", () => void this.send())),
      this.state,
    );
  }

  show(side: Side): void {
    this.side = side;
    const letter = html("strong", { class: `readside ${side}` }, `${side === "left" ? "L" : "R"} · ${sideName(side)}`);
    this.body.replaceChildren(
      letter,
      this.choice("contact", "Contact", CONTACTS.map((word) => [word, word])),
      this.choice("segment", "Segment", SEGMENTS.map((word) => [word, word.replaceAll("_", " ")])),
      this.choice("vessel", "Candidate vessel", VESSELS.map((word) => [word, word === "unnamed" ? "no name" : word === "vein" ? "vein" : word.toUpperCase()])),
      this.choice("grade", "Grade", GRADES.map((word) => [word.charAt(0), word])),
      this.noted(),
    );
  }

  private choice(name: keyof Answers, label: string, words: (readonly [string, string])[]): HTMLElement {
    const answers = this.typed[this.side];
    const options = [["", "not said"] as const, ...words].map(([value, text]) => {
      const option = html("option", { value }, text);
      option.selected = value === answers[name];
      return option;
    });
    const select = html("select", { name }, ...options);
    select.addEventListener("change", () => (answers[name] = select.value));
    return html("label", { class: "answer" }, html("span", {}, label), select);
  }

  private noted(): HTMLElement {
    const answers = this.typed[this.side];
    const note = html("input", { name: "note", maxlength: 500, autocomplete: "off", placeholder: "no names" });
    note.value = answers.note;
    note.addEventListener("input", () => (answers.note = note.value));
    return html("label", { class: "answer" }, html("span", {}, "Note"), note);
  }

  private async send(): Promise<void> {
    const { contact, segment, vessel, grade, note } = this.typed[this.side];
    const kept = await this.keep({
      reader: this.reader.value,
      side: this.side,
      contact,
      segment: segment || null,
      vessel: vessel || null,
      grade: grade === "" ? null : Number(grade),
      note: note || null,
    });
    if (kept) this.state.textContent = `Kept. ${kept.reader} has read: ${kept.read.map((side) => sideName(side).toLowerCase()).join(", ")}.`;
  }
}
