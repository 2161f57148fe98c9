/** The heap of due times. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DueHeap } from '../../src/supervisor/due-heap.ts';

function drain(heap: DueHeap<number>): number[] {
  const popped: number[] = [];
  for (let entry = heap.pop(); entry !== undefined; entry = heap.pop()) popped.push(entry.dueAt);
  return popped;
}

test('an empty heap has no next due time and pops nothing', () => {
  const heap = new DueHeap<string>();
  expect([heap.size, heap.nextDueAt, heap.pop()]).toEqual([0, undefined, undefined]);
});

test('entries leave in order of their due time, whatever the order in which they came', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 60 }), (dues) => {
      const heap = new DueHeap<number>();
      for (const dueAt of dues) heap.push(dueAt, dueAt);
      expect(heap.nextDueAt).toBe(dues.length === 0 ? undefined : Math.min(...dues));
      expect(drain(heap)).toEqual(dues.toSorted((a, b) => a - b));
    }),
  );
});

test('pushes between pops keep the order', () => {
  const heap = new DueHeap<number>();
  for (const dueAt of [5, 1, 9]) heap.push(dueAt, dueAt);
  expect(heap.pop()?.dueAt).toBe(1);
  heap.push(3, 3);
  expect(drain(heap)).toEqual([3, 5, 9]);
});

test('a prune drops what does not matter any more and keeps the order', () => {
  const heap = new DueHeap<number>();
  for (let i = 100; i > 0; i -= 1) heap.push(i, i);
  heap.prune(({ value }) => value % 10 === 0);
  expect(heap.size).toBe(10);
  expect(drain(heap)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
});
