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
