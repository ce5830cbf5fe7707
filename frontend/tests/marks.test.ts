// Marks: one drag is one step back, and a change takes back who stands for its side alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Marks, SLOTS, type StoredMark } from "../src/marks";

const KEPT: StoredMark[] = [
  { nerve: "VII", side: "left", kind: "porus", xyz_mm: [20.123456, -4, 6], source: "reader", reader: "AB", time: "2026-03-02T12:00:00+00:00" },
  { nerve: "VII", side: "right", kind: "porus", xyz_mm: [-20, -4, 6], source: "proposed" },
];

function opened(): Marks {
  const marks = new Marks(() => undefined);
  marks.take(KEPT, ["left"]);
  return marks;
}

test("what is not touched is sent back digit by digit", () => {
  assert.deepEqual(opened().stored()[0]?.xyz_mm, [20.123456, -4, 6]);
});

test("a drag of many moves is one step back", () => {
  const marks = opened();
  const id = marks.of("left")[0]!.id;
  marks.move(id, [21, -4, 6], true);
  marks.move(id, [22, -4, 6], false);
  marks.move(id, [23, -4, 6], false);
  assert.ok(!marks.isConfirmed("left"));
  assert.equal(marks.of("left")[0]!.reader, undefined);
  marks.undo();
  assert.equal(marks.of("left")[0]!.xyz_mm[0], 20.123456);
  assert.ok(marks.isConfirmed("left") && marks.isSaved && !marks.canUndo);
  marks.redo();
  assert.equal(marks.of("left")[0]!.xyz_mm[0], 23);
});

test("a change on one side leaves the other side's confirmation", () => {
  const marks = opened();
  marks.move(marks.of("right")[0]!.id, [-21, -4, 6]);
  assert.ok(marks.isConfirmed("left"));
  assert.equal(marks.of("right")[0]!.source, "reader");
});

test("left and right that are exchanged are named", () => {
  const marks = opened();
  assert.deepEqual(marks.crossed(), []);
  marks.move(marks.of("left")[0]!.id, [-30, -4, 6]);
  assert.deepEqual(marks.crossed(), ["VII porus"]);
});

test("a mark that is removed can be taken back", () => {
  const marks = opened();
  const slot = SLOTS.find((one) => one.kind === "vessel")!;
  const placed = marks.place("left", slot, [18.004, 0, 0]);
  assert.deepEqual(placed.xyz_mm, [18, 0, 0]);
  marks.remove(placed.id);
  assert.equal(marks.of("left").length, 1);
  marks.undo();
  assert.equal(marks.of("left").length, 2);
});

test("what is done while the program keeps the marks is not lost", () => {
  const marks = opened();
  const [left, right] = [marks.of("left")[0]!.id, marks.of("right")[0]!.id];
  marks.move(right, [-21, -4, 6]);
  const sent = marks.all;
  const kept = marks.stored().map((mark) => ({ ...mark, reader: "CD" }));
  marks.selected = left;
  marks.move(left, [22, -4, 6]);
  marks.settle(sent, kept, ["left", "right"]);
  assert.equal(marks.selected, left);
  assert.equal(marks.of("left")[0]!.xyz_mm[0], 22);
  assert.equal(marks.of("right")[0]!.reader, "CD");
  assert.ok(!marks.isSaved && !marks.isConfirmed("left") && marks.isConfirmed("right"));
  marks.undo();
  assert.deepEqual(marks.of("left")[0]!.xyz_mm, [20.123456, -4, 6]);
  assert.ok(marks.isSaved && marks.isConfirmed("left") && !marks.canUndo);
});

test("a step taken back while the program keeps the marks stays taken back", () => {
  const marks = opened();
  const id = marks.of("right")[0]!.id;
  marks.move(id, [-21, -4, 6]);
  const sent = marks.all;
  const kept = marks.stored();
  marks.undo();
  marks.settle(sent, kept, ["left", "right"]);
  assert.equal(marks.of("right")[0]!.xyz_mm[0], -20);
  assert.ok(!marks.isSaved && !marks.isConfirmed("right"));
  marks.redo();
  assert.ok(marks.isSaved && marks.isConfirmed("right"));
});

test("marks that are kept as they stand keep the chosen one and leave nothing to take back", () => {
  const marks = opened();
  const id = marks.of("right")[0]!.id;
  marks.selected = id;
  marks.move(id, [-21, -4, 6]);
  marks.settle(marks.all, marks.stored(), []);
  assert.equal(marks.selected, id);
  assert.ok(marks.isSaved && !marks.canUndo && !marks.isConfirmed("left"));
});
