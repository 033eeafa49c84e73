import { expect, test } from "vitest";
import { sseParser } from "./sse";

const TEXT =
  ': heartbeat\n\nid: 7\nevent: node.completed\ndata: {"seq":7}\n\nevent: node.delta\r\ndata: a\r\ndata: b\r\n\r\nid: 9\n\n';

test("events come out the same however the text is cut", () => {
  const whole = sseParser()(TEXT);
  expect(whole).toEqual([
    { id: "7", type: "node.completed", data: '{"seq":7}' },
    { id: null, type: "node.delta", data: "a\nb" },
  ]);
  for (let at = 0; at <= TEXT.length; at += 1) {
    const parse = sseParser();
    expect([...parse(TEXT.slice(0, at)), ...parse(TEXT.slice(at))]).toEqual(whole);
  }
});
