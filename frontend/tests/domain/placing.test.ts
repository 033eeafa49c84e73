import ELK from "elkjs/lib/elk.bundled.js";
import fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { readClip } from "@/domain/clipboard";
import type { Definition } from "@/domain/definition";
import { overlap, roughRects } from "@/domain/geometry";
import { heapOf, readPlaced, unplacedIn, withoutHeap } from "@/domain/placing";
import { laidOut } from "@/features/layout";
import { catalogue } from "./sample";

const data = (label: string) => ({ label, params: {} });
const bare = (id: string, type = "step") => ({ id, type, data: data(id) });
const at = (id: string, x: number, y: number) => ({ ...bare(id), position: { x, y } });
const edge = (source: string, target: string) => ({ id: `${source}-${target}`, source, target });
const placesIn = (now: Definition) => Object.fromEntries(now.nodes.map((node) => [node.id, node.position]));

function overlaps(now: Definition): number {
  const rects = roughRects(now.nodes, now.edges);
  return rects.filter((one, index) => rects.slice(0, index).some((other) => overlap(one, other))).length;
}

describe("which nodes have no place", () => {
  it("are those without one, and all where they share one; one node alone has its place", () => {
    expect([
      ...unplacedIn({ nodes: [bare("a"), at("b", 0, 0), { ...bare("c"), position: { x: "1", y: 2 } }] }),
    ]).toEqual(["a", "c"]);
    expect([...unplacedIn({ nodes: [at("a", 64, 32), at("b", 64, 32)] })]).toEqual(["a", "b"]);
    expect([...unplacedIn({ nodes: [at("a", 64, 32), at("b", 64, 48)] })]).toEqual([]);
    expect([...unplacedIn({ nodes: [at("a", 0, 0)] })]).toEqual([]);
    expect([...unplacedIn(null)]).toEqual([]);
  });

  it("are told apart from notes, which may stand anywhere", () => {
    const note = { ...bare("note", "note"), position: { x: 500, y: 0 } };
    const read = readPlaced({ nodes: [bare("a"), bare("b"), note] });
    expect([...heapOf(read)]).toEqual(["a", "b"]);
    expect([...heapOf(readPlaced({ nodes: [bare("a"), note, bare("lost", "note")] }))]).toEqual([]);
  });
});

describe("a partly placed definition", () => {
  const raw = {
    nodes: [at("a", 0, 0), bare("b"), bare("c"), bare("before"), bare("alone"), bare("n", "note")],
    edges: [edge("a", "b"), edge("b", "c"), edge("before", "a")],
  };

  it("places only what has none: behind what leads there, before what it leads to, else below", () => {
    const read = readPlaced(raw);
    expect(placesIn(read)).toEqual({
      a: { x: 0, y: 0 },
      b: { x: 304, y: 0 },
      c: { x: 608, y: 0 },
      before: { x: -304, y: 0 },
      alone: expect.objectContaining({ y: 144 }),
      n: expect.anything(),
    });
    expect(overlaps(read)).toBe(0);
  });

  it("keeps the places that are known", () => {
    const read = readPlaced(
      raw,
      new Map([
        ["b", { x: 320, y: 400 }],
        ["a", { x: 9, y: 9 }],
      ]),
    );
    expect(placesIn(read)).toMatchObject({ a: { x: 0, y: 0 }, b: { x: 320, y: 400 }, c: { x: 624, y: 400 } });
  });

  it("never overlaps, moves nothing that has a place, and is the same each time", () => {
    const some = fc.array(fc.record({ isPlaced: fc.boolean(), from: fc.nat(20) }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(some, (list) => {
        const nodes = list.map(({ isPlaced }, n) =>
          isPlaced ? at(`n${n}`, (n % 5) * 320, Math.floor(n / 5) * 160) : bare(`n${n}`),
        );
        const edges = list.flatMap(({ from }, n) => (from < list.length ? [edge(`n${from}`, `n${n}`)] : []));
        const read = withoutHeap(readPlaced({ nodes, edges }));
        expect(overlaps(read)).toBe(0);
        const given = nodes.filter((node) => "position" in node);
        expect(
          read.nodes.filter((node) => given.some(({ id }) => id === node.id)).map((node) => node.position),
        ).toEqual(given.map((node) => "position" in node && node.position));
        expect(withoutHeap(readPlaced({ nodes, edges }))).toEqual(read);
        expect(readPlaced(read)).toEqual(read);
      }),
    );
  });

  it("takes two thousand behind one node", () => {
    const nodes = [at("a", 0, 0), ...Array.from({ length: 1_999 }, (_, n) => bare(`n${n}`))];
    const read = readPlaced({ nodes, edges: nodes.slice(1).map(({ id }) => edge("a", id)) });
    expect(overlaps(read)).toBe(0);
  });
});

describe("a definition without any place", () => {
  beforeEach(() => {
    // The browser's worker, here on the same thread.
    class InPlace {
      onmessage: ((event: { data: unknown }) => void) | null = null;
      async postMessage(graph: never) {
        this.onmessage?.({ data: { ok: true, graph: await new ELK().layout(graph) } });
      }
      terminate() {}
    }
    vi.stubGlobal("Worker", InPlace);
    return () => vi.unstubAllGlobals();
  });

  it("is laid out from left to right, its notes below it", async () => {
    const raw = {
      nodes: [bare("s", "start"), bare("a"), bare("b"), bare("n", "note")],
      edges: [edge("s", "a"), edge("a", "b")],
    };
    const read = readPlaced(raw);
    expect(heapOf(read).size).toBe(4);
    const made = await laidOut(read, () => catalogue);
    const places = placesIn(made);
    expect([places.s, places.a, places.b]).toEqual([
      { x: 0, y: 0 },
      { x: 304, y: 0 },
      { x: 608, y: 0 },
    ]);
    expect(places.n?.y).toBeGreaterThan(64);
    expect(read.nodes.every((node) => node.position.x === 0)).toBe(true); // what was read is not changed
  });

  it("asks for nothing where there are places", async () => {
    const read = readPlaced({ nodes: [at("a", 0, 0), at("b", 320, 0)] });
    const ask = vi.fn();
    expect(await laidOut(read, ask)).toBe(read);
    expect(ask).not.toHaveBeenCalled();
  });

  it("is pasted beside each other", () => {
    const text = JSON.stringify({ heddle: 1, nodes: [bare("a"), bare("b")], edges: [edge("a", "b")] });
    const reading = readClip(text);
    expect(reading.ok && reading.source === "heddle" && reading.clip.nodes.map((node) => node.position)).toEqual([
      { x: 0, y: 0 },
      { x: 304, y: 0 },
    ]);
  });
});
