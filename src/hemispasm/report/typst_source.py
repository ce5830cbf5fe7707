"""A document tree as Typst source: every word a quoted string, so that no text can be markup."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Block,
    Bullets,
    Callout,
    Cell,
    Columns,
    Document,
    Figure,
    Folded,
    Inline,
    Para,
    Provenance,
    RecordText,
    Section,
    Soft,
    Strip,
    Strong,
    Table,
    text_of,
)
from hemispasm.report.inline import Explained, LineBreak
from hemispasm.report.svg_print import printable_svg, still_svg
from hemispasm.report.words import MOMENTS

#: From this many columns on, a table is set in small type.
MANY_COLUMNS = 6
COLUMN_WEIGHT_LIMITS = (6, 60)
#: A longer word is broken rather than given more room.
LONGEST_WORD = 13
#: So many small figures, or other blocks, stand side by side.
SMALL_IN_A_ROW, IN_A_ROW = 4, 3
#: Paragraphs that look different, by their role.
ROLES = {"basis": "fine", "hint-text": "fine", "refusal": "refused", "lead": "lead"}
#: What the first paragraph of a section leads to.
LEANING = (Figure, Table, Strip, Columns)
#: Size of the type of a text for patients; other sizes on its pages grow with it.
LARGE_PRINT = "11.5pt"
#: Banners of one line.
SLIM = ("draft", "simulated", "signed")


@dataclass
class TypstPages:
    """Source of the pages with the files that it names.

    ``details`` are the blocks that a reader of the page unfolds; on paper they stand at the end,
    each under a label that the line at its place names with its page.
    """

    lines: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    details: list[Folded] = field(default_factory=list)

    def put_off(self, folded: Folded) -> str:
        """Keep a folded block for the details and return its label."""
        self.details.append(folded)
        return f"detail-{len(self.details)}"

    def add_picture(self, data: bytes) -> str:
        """Keep an SVG and return the name that the source calls it by."""
        name = f"picture-{len(self.files) + 1}.svg"
        self.files[name] = data
        return name


def quoted(text: str) -> str:
    r"""Return text as a Typst string.

    Examples
    --------
    >>> print(quoted('a "b" \\ #c'))
    "a \"b\" \\ #c"
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", " ").replace("\r", " ").replace("\t", " ") + '"'


def typst_pages(document: Document) -> TypstPages:
    """Return the source of a whole report, without the house style.

    Examples
    --------
    >>> pages = typst_pages(Document(title=("Title",), mark=("DRAFT",), banners=(),
    ...                              summary=Para("Nothing."), sections=()))
    >>> pages.lines[0]
    '#show: sheet.with(title: "Title", mark: "DRAFT", footer: "Research software, not a \
medical device.", lang: "en")'
    """
    pages = TypstPages()
    title, mark = quoted(text_of(document.title)), quoted(text_of(document.mark))
    size = f", size: {LARGE_PRINT}" if document.large_print else ""
    pages.lines.append(
        f"#show: sheet.with(title: {title}, mark: {mark}, footer: {quoted(document.footer)}, "
        f"lang: {quoted(document.language)}{size})"
    )
    for banner in document.banners:
        _block(pages, banner, 1)
    pages.lines.append(f"#report-title[{inline(document.title)}]")
    pages.lines.append(f"#summary[{inline(document.summary.parts)}]")
    for section in document.sections:
        _block(pages, section, 1)
    if pages.details:
        details = quoted(lookup_text("report.details.title"))
        # A text for patients is short: its details follow on the same page.
        same = ", fresh: false" if document.large_print else ""
        pages.lines.append(f"#details-begin({details}{same})")
    done = 0
    # A detail may hold details of its own, which follow all others.
    while done < len(pages.details):
        folded = pages.details[done]
        done += 1
        pages.lines.append(f"#heading(level: 2)[{inline(folded.title)}] <detail-{done}>")
        _children(pages, folded.children, 3)
    return pages


def inline(parts: Iterable[Inline]) -> str:
    """Return text parts as Typst content."""
    made = []
    for part in parts:
        if isinstance(part, Strong):
            made.append(f"#strong[{inline(part.parts)}]")
        elif isinstance(part, Soft):
            made.append(f"#soft[{inline(part.parts)}]")
        elif isinstance(part, Explained):
            made.append(f"{inline(part.term)}#soft[#{quoted(' ' + text_of(part.definition))}]")
        elif isinstance(part, LineBreak):
            made.append("#parbreak()")
        else:
            # A number and its percent sign stay on one line.
            said = part if isinstance(part, str) else part.text.replace(" %", "\u00a0%")
            made.append(f"#{quoted(said)}")
    # A content block may follow a string directly only when something ends the expression.
    return ";".join(made) + (";" if made else "")


def _block(pages: TypstPages, block: Block, level: int) -> None:
    match block:
        case Para():
            look = ROLES.get(block.role, "par")
            pages.lines.append(f"#{look}[{inline(block.parts)}]")
        case Bullets():
            items = ", ".join(f"[{inline(item)}]" for item in block.items)
            pages.lines.append(f"#list({items})")
        case Table():
            _table(pages, block)
        case Figure():
            _figure(pages, block)
        case Strip():
            _strip(pages, block)
        case Callout():
            _callout(pages, block)
        case Provenance():
            cells = ", ".join(f"[#{quoted(label)};], [{inline(c)}]" for label, c in block.items)
            pages.lines.append(f"#pairs({cells})")
        case RecordText():
            body = " ".join(f"#par[{inline(para.parts)}]" for para in block.paras)
            pages.lines.append(f"#boxed[{body}]")
        case Columns():
            _columns(pages, block, level)
        case Folded():
            pointer = quoted(lookup_text("report.details.pointer"))
            label = pages.put_off(block)
            pages.lines.append(f"#folded-title([{inline(block.title)}], {pointer}, <{label}>)")
        case Section():
            pages.lines.append(f"#heading(level: {level})[{inline(block.title)}]")
            _children(pages, block.children, level + 1)


def _children(pages: TypstPages, children: Iterable[Block], level: int) -> None:
    blocks = list(children)
    first = blocks[0] if blocks else None
    if isinstance(first, Para) and len(blocks) > 1 and isinstance(blocks[1], LEANING):
        # It must not be left alone at the foot of a page.
        pages.lines.append(f"#lead[{inline(first.parts)}]")
        blocks = blocks[1:]
    for child in blocks:
        _block(pages, child, level)


def _callout(pages: TypstPages, block: Callout) -> None:
    tone, title = quoted(block.tone), inline(block.title)
    if block.tone in SLIM:
        body = " ".join(inline(para.parts) for para in block.body)
        pages.lines.append(f"#banner({tone}, [{title}], [{body}])")
    else:
        body = " ".join(f"#par[{inline(para.parts)}]" for para in block.body)
        pages.lines.append(f"#callout({tone}, [{title}], [{body}])")


def _columns(pages: TypstPages, block: Columns, level: int) -> None:
    cells = []
    for column in block.columns:
        inner = TypstPages(files=pages.files, details=pages.details)
        _children(inner, column, level)
        cells.append("[" + "\n".join(inner.lines) + "]")
    small = all(_is_small(child) for column in block.columns for child in column)
    # Rows that are not full keep the width of full ones, so that figures stay alike.
    count = SMALL_IN_A_ROW if small else min(len(cells), IN_A_ROW)
    pages.lines.append(f"#side-by-side({count}, {', '.join(cells)})")


def _is_small(block: Block) -> bool:
    return isinstance(block, Figure) and _size(block) in ("icons", "small")


def _size(figure: Figure) -> str:
    """Return how wide a figure is printed: over the page, wide, small, or of middle width."""
    if figure.timeline:
        return "full"
    shape = str(figure.svg)[: str(figure.svg).find(">")]
    if 'class="emg-svg"' in shape:
        return "full"
    for size, name in (("icons", "icons"), ("small", "chart small")):
        if f'class="{name}"' in shape:
            return size
    return "wide" if 'class="chart wide"' in shape else "middle"


def _table(pages: TypstPages, table: Table) -> None:
    count = len(table.columns)
    weights = ", ".join(f"{weight}fr" for weight in _weights(table))
    if table.layout == "grid":
        # The names of the aspects need little; among the columns long ones get more, within reason.
        widths = [max(weight, 22) for weight in _weights(table)[1:]]
        weights = ", ".join(["1.9cm", *(f"{weight}fr" for weight in widths)])
    head = ", ".join(f"[#{quoted(column)};]" for column in table.columns)
    cells = [f"table.header({head})"]
    for group in table.groups:
        if group.title:
            cells.append(f"group-row({count})[{inline(group.title)}]")
        cells += [f"[{inline(cell)}]" for row in group.rows for cell in row]
    size = "tiny" if table.layout == "small" else "small" if count >= MANY_COLUMNS else "plain"
    pages.lines.append(f"#caption[{inline(table.caption)}]")
    pages.lines.append(f"#rows(({weights},), {quoted(size)}, {', '.join(cells)})")


def _weights(table: Table) -> list[int]:
    """Return widths by how much text a column holds, within limits."""
    low, high = COLUMN_WEIGHT_LIMITS
    weights = []
    for index, title in enumerate(table.columns):
        lengths = [len(text_of(row[index])) for group in table.groups for row in group.rows]
        typical = sorted(lengths)[(3 * len(lengths)) // 4] if lengths else 0
        texts = [title, *(text_of(row[index]) for group in table.groups for row in group.rows)]
        longest_word = max((len(word) for text in texts for word in text.split()), default=0)
        longest_word = min(longest_word, LONGEST_WORD)
        weights.append(int(min(high, max(low, longest_word + 2, 1.7 * typical**0.6))))
    return weights


def _figure(pages: TypstPages, figure: Figure) -> None:
    name = pages.add_picture(printable_svg(str(figure.svg)))
    alt: Cell = figure.alt
    pages.lines.append(
        f"#chart({quoted(name)}, [{inline(figure.title)}], [{inline(alt)}], "
        f"{quoted(text_of(alt))}, {quoted(_size(figure))})"
    )


def _strip(pages: TypstPages, strip: Strip) -> None:
    cells = []
    for picture in strip.pictures:
        name = pages.add_picture(still_svg(picture.data, picture.media_type))
        said = f"{MOMENTS[picture.moment]} {picture.time_text}"
        cells.append(f"still({quoted(name)}, {quoted(said)}, {quoted(said + ', ' + strip.who)})")
    pages.lines.append(f"#stills([{inline(strip.title)}], {', '.join(cells)})")
