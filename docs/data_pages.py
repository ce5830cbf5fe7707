"""Write the reference pages that are made from data files. Run by `python3 dev.py docs`.

A test compares the pages with what this file makes, so they cannot fall behind the data.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from hemispasm.evidence import EvidenceItem, evidence_topics, list_evidence, load_sources
from hemispasm.evidence.wording import (
    READ_DEPTH_WORDS,
    describe_sample,
    describe_source,
    describe_value,
)
from hemispasm.model.form import Form, Question, load_forms
from hemispasm.model.glossary import load_glossary
from hemispasm.model.protocol import load_video_protocol
from hemispasm.model.vocabulary import load_vocabulary

DOCS = Path(__file__).parent
MARK = "<!-- Made by docs/data_pages.py. Change the data, then run `python3 dev.py docs`. -->"


def findings_page() -> str:
    """Return the page of finding codes, one heading each."""
    lines = [
        "# Finding codes",
        "",
        "A finding is one value with a code, a side, a unit, an interval and a quality grade. "
        'Units are UCUM; `1` is a fraction of one. "Worse" says which direction is worse for '
        "the patient, where there is one. Extra keys stand beside the value in the JSON.",
        "",
    ]
    for code in load_vocabulary().values():
        lines += [f"## {code.code}", "", f"**{code.label}.** {code.definition}", ""]
        lines.append(f"- Instrument: {code.instrument}")
        if code.unit is not None:
            lines.append(f"- Unit: `{code.unit}`")
        if code.values:
            lines.append(f"- Values: {_codes(code.values)}")
        if code.worse != "none":
            lines.append(f"- Worse: {code.worse}")
        if code.extra:
            lines.append(f"- Extra keys: {_codes(code.extra)}")
        lines.append("")
    return "\n".join(lines)


def glossary_page() -> str:
    """Return the glossary in alphabetical order."""
    lines = ["# Glossary", ""]
    for term in sorted(load_glossary().values(), key=lambda entry: entry.term.casefold()):
        lines += [f"## {term.term}", "", term.definition, ""]
        lines += ["Used in: " + ", ".join(_link(use) for use in term.used_in) + ".", ""]
    return "\n".join(lines)


def evidence_page() -> str:
    """Return the published numbers by topic, and the sources."""
    lines = [
        "# Published numbers",
        "",
        "What others have published, with the size of the sample, the interval, the source and "
        "how deeply the source was read. These numbers describe groups; none of them is a "
        'prediction for a person. "Computed here" marks an interval that is ours, from the '
        "printed counts (Wilson's score interval). `hemispasm evidence` prints the same.",
        "",
    ]
    for topic in evidence_topics():
        lines += [f"## {topic.replace('_', ' ').capitalize()}", ""]
        lines += ["| Key | Statement | Sample | Source | Read |", "|---|---|---|---|---|"]
        lines += [_evidence_row(item) for item in list_evidence(topic)]
        lines.append("")
    lines += ["## Sources", ""]
    for source in load_sources().values():
        lines.append(f"- **{source.key}**: {describe_source(source)}")
    return "\n".join([*lines, ""])


def _evidence_row(item: EvidenceItem) -> str:
    value = describe_value(item)
    statement = item.label + (f": **{value}**" if value else "")
    statement += f" ({item.population}; {item.outcome})"
    statement += f" {item.note}" if item.note else ""
    if item.conflicts:
        statement += f" **Conflicts with** {_codes(item.conflicts)}."
    sources = ", ".join(item.sources) or "none"
    depth = READ_DEPTH_WORDS[item.read_depth]
    return f"| `{item.key}` | {statement} | {describe_sample(item)} | {sources} | {depth} |"


def protocol_page() -> str:
    """Return the recording protocol."""
    protocol = load_video_protocol()
    lines = [
        "# Recording protocol",
        "",
        f"`{protocol.name}`, about {protocol.total_s / 60:.1f} minutes. How to do it: "
        "[Record a video](../howto/record-a-video.md). The protocol is our own proposal "
        "(an expert rule), put together from published recording protocols and from what the "
        "measurement needs; no study has tested it on patients.",
        "",
        "## Camera",
        "",
        "| Rule | Why |",
        "|---|---|",
    ]
    lines += [f"| {rule.rule} | {rule.why} |" for rule in protocol.camera]
    lines += ["", "## Steps", "", "| Step | Task | How often | Seconds each | Pause after each |"]
    lines.append("|---|---|---|---|---|")
    for number, step in enumerate(protocol.steps, start=1):
        label = protocol.tasks[step.task].label
        lines.append(
            f"| {number} | {label} (`{step.task}`) | {step.repeats} | {step.seconds:g} s "
            f"| {step.pause_s:g} s |"
        )
    few = protocol.few
    lines += [
        "",
        f"Fewer than {few.fewer_than} spasms in the first rest: film {few.rest_s / 60:g} minutes "
        f"of rest at every visit. {few.why}",
    ]
    lines += ["", "## What to say", "", "| Task | Say | What it shows |", "|---|---|---|"]
    for task in protocol.tasks.values():
        lines.append(f'| {task.label} (`{task.key}`) | "{task.instruction}" | {task.why} |')
    return "\n".join([*lines, ""])


_FILLED_BY = {
    "patient": "Answered by the patient, asked by the clinic.",
    "clinician": "Filled in by a clinician.",
    "reader": "Copied from somebody else's report.",
}


def forms_page() -> str:
    """Return the forms of a visit with every question."""
    lines = [
        "# Forms",
        "",
        "What is asked at a visit, and how the answers are written into `exam.toml`. How to do it: "
        "[Examine a patient](../howto/examine-a-patient.md). Every question also takes `unknown`, "
        "`not_asked` and `not_assessable`. The ranges of numbers catch slips of the pen and judge "
        "nothing. A mark (L/R) means that the question is asked of the left and of the right side.",
        "",
    ]
    for form in load_forms().values():
        lines += _form_lines(form)
    return "\n".join(lines)


def _form_lines(form: Form) -> list[str]:
    where = "`[[report]]`" if form.table == "report" else f"`[{form.table}]`"
    lines = [f"## {form.title}", "", f"`{form.name}`, table {where}. {_FILLED_BY[form.filled_by]}"]
    lines += [form.intro, ""]
    for section in form.sections:
        lines += [f"### {form.title}: {section.title}", ""]
        lines += ["| Code | Question | Answers |", "|---|---|---|"]
        lines += [_question_row(question) for question in section.questions]
        lines.append("")
    return lines


def _question_row(question: Question) -> str:
    asked = f"**{question.wording}.**"
    if question.plain:
        asked += f' "{question.plain}"'
    elif question.help:
        asked += f" {question.help}"
    asked += f" {question.rights}" if question.rights else ""
    asked += f" Source: {question.source}." if question.source else ""
    if question.shows_if is not None:
        asked += f" Only when `{question.shows_if.code}` is {question.shows_if.value}."
    side = " (L/R)" if question.sided else ""
    return f"| `{question.code}`{side} | {asked} | {_allowed(question)} |"


def _allowed(question: Question) -> str:
    if question.kind == "month":
        return "a month such as `2023-05`, or a year"
    if question.kind == "number":
        unit = "" if question.unit in (None, "1", "{score}") else f" {question.unit}"
        anchors = "; ".join(f"{o.value}: {o.words}" for o in question.options)
        return f"{question.minimum:g} to {question.maximum:g}{unit}" + (
            f" ({anchors})" if anchors else ""
        )
    return ", ".join(
        f"`{o.value}`" + ("" if o.words == o.value.replace("_", " ") else f" ({o.words})")
        for o in question.options
    )


def schemas_page() -> str:
    """Return the published JSON Schemas, one heading each."""
    lines = [
        "# Schemas",
        "",
        "Every file that is exchanged has a published JSON Schema (2020-12), shipped in the "
        "package under `hemispasm/formats/schemas/`. The number is the version: keys may be "
        "added within a version, a changed meaning makes a new one.",
        "",
    ]
    folder = files("hemispasm.formats").joinpath("schemas")
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".json"):
            schema = json.loads(entry.read_text(encoding="utf-8"))
            name = entry.name.removesuffix(".json")
            lines += [f"## {name}", "", f"`{schema['$id']}`. {_summary(schema)}", ""]
            lines += _properties(schema)
            for part_name, part in schema.get("$defs", {}).items():
                lines += [f"### {name}: {part_name}", "", _summary(part), ""]
                lines += _properties(part)
    return "\n".join(lines)


def _properties(schema: dict[str, Any]) -> list[str]:
    if "enum" in schema:
        return ["One of " + _codes(schema["enum"]) + ".", ""]
    required = set(schema.get("required", ()))
    rows = [
        f"| `{name}` | {_type(field)} | {'yes' if name in required else 'no'} |"
        for name, field in schema.get("properties", {}).items()
    ]
    return ["| Key | Type | Required |", "|---|---|---|", *rows, ""] if rows else []


def _type(field: dict[str, Any]) -> str:
    if "$ref" in field:
        return str(field["$ref"].rpartition("/")[2])
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return _codes(field["enum"])
    if "anyOf" in field:
        return " or ".join(_type(option) for option in field["anyOf"])
    if field.get("type") == "array":
        parts = field.get("prefixItems")
        if parts:
            return "(" + ", ".join(_type(part) for part in parts) + ")"
        return "list of " + _type(field.get("items", {}))
    kind = str(field.get("type", "any"))
    values = field.get("additionalProperties")
    if kind == "object" and isinstance(values, dict):
        return f"object of {_type(values)}"
    return f"{kind} ({field['format']})" if "format" in field else kind


def _summary(schema: dict[str, Any]) -> str:
    text = str(schema.get("description", ""))
    return " ".join(text.partition("\n\n")[0].split()).replace("``", "`")


def _codes(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _link(use: str) -> str:
    if use.startswith("event:"):
        return f"`{use}`"
    if use in load_vocabulary():
        return f"[{use}](findings.md#{use.replace('.', '')})"
    return f"[{use.rpartition('/')[2].replace('-', ' ')}](../{use}.md)"


def behaviour_page() -> str:
    """Return the page of behaviour, made from the committed result of the last release run."""
    sys.path.insert(0, str(DOCS))
    from behaviour_page import behaviour_page as make

    return make()


def accuracy_page() -> str:
    """Return the page of accuracy, made from the committed results of release runs."""
    sys.path.insert(0, str(DOCS))
    from accuracy_page import accuracy_page as make

    return make()


PAGES: dict[str, Callable[[], str]] = {
    "reference/accuracy.md": accuracy_page,
    "reference/behaviour.md": behaviour_page,
    "reference/evidence.md": evidence_page,
    "reference/findings.md": findings_page,
    "reference/forms.md": forms_page,
    "reference/glossary.md": glossary_page,
    "reference/recording-protocol.md": protocol_page,
    "reference/schemas.md": schemas_page,
}


def make_page(name: str) -> str:
    """Return one page as it must stand on disk."""
    title, _, rest = PAGES[name]().partition("\n")
    return f"{title}\n\n{MARK}\n{rest.rstrip()}\n"


def main() -> None:
    """Write every page."""
    for name in PAGES:
        (DOCS / name).write_text(make_page(name), encoding="utf-8")
        print(f"wrote docs/{name}")


if __name__ == "__main__":
    main()
