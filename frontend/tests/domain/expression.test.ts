// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { completionContext, nearestKey, type Sample, suggestions, typeOf } from "@/domain/completion";
import { bodiesOf, isExpression, literalOf, referencesIn, renameReferences, tokenise } from "@/domain/expression";
import { dotted, expressionPath, ForbiddenKey, fromDotted, getAt, quoted, setAt, setIn } from "@/domain/paths";

const piece = fc.constantFrom(
  "{{",
  "}}",
  " ",
  "$json",
  ".a",
  "['b c']",
  "$('A')",
  '"',
  "'",
  "`",
  "\\",
  "x",
  "1.5",
  "??",
  "(",
  ")",
  "é",
  "😀",
  "\n",
  "$node",
  "[",
);
const anyText = fc.oneof(
  fc.string(),
  fc.array(piece, { maxLength: 12 }).map((parts) => parts.join("")),
);

describe("tokens", () => {
  it("cover the text without a gap", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const tokens = tokenise(text);
        expect(tokens.map((token) => token.text).join("")).toBe(text);
        expect(tokens.map((token) => token.start)).toEqual(
          [0, ...tokens.map((token) => token.end)].slice(0, tokens.length),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it("have kinds", () => {
    const text = "Hi {{ $json.user?.name.trim() ?? 'no' + -0x1F in true && f(a) # }}!";
    expect(
      tokenise(text)
        .filter((token) => token.kind !== "space")
        .map((token) => [token.kind, token.text]),
    ).toEqual([
      ["text", "Hi "],
      ["brace", "{{"],
      ["variable", "$json"],
      ["punctuation", "."],
      ["property", "user"],
      ["operator", "?."],
      ["property", "name"],
      ["punctuation", "."],
      ["call", "trim"],
      ["punctuation", "("],
      ["punctuation", ")"],
      ["operator", "??"],
      ["string", "'no'"],
      ["operator", "+"],
      ["operator", "-"],
      ["number", "0x1F"],
      ["operator", "in"],
      ["constant", "true"],
      ["operator", "&&"],
      ["call", "f"],
      ["punctuation", "("],
      ["name", "a"],
      ["punctuation", ")"],
      ["unknown", "#"],
      ["brace", "}}"],
      ["text", "!"],
    ]);
  });

  it("end a body at the first braces outside of a literal, or at the first at all behind an open quote", () => {
    const ends = (text: string) => bodiesOf(text).map((body) => [body.innerEnd, body.closed]);
    expect(ends("{{ '}}' }} {{ '\\'}}' }}")).toEqual([
      [8, true],
      [21, true],
    ]);
    expect(ends("{{ it's }} and")).toEqual([[8, true]]);
    expect(ends("{{ open")).toEqual([[7, false]]);
    expect(ends("{{ 'open")).toEqual([[8, false]]);
    expect([isExpression("{{ a }}"), isExpression("{{ a"), isExpression("a"), isExpression(3)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe("references", () => {
  it("are found as the compiler finds them", () => {
    const text =
      "{{ $('A').item + $node[\"B\"].json + $node.C.json + $items('D', 0) + $node?.E + $(f) + '$(\\'F\\')' }} $('G')";
    expect(referencesIn(text).map((reference) => reference.label)).toEqual(["A", "B", "C", "D", "E"]);
    expect(referencesIn("$('A')")).toEqual([]);
  });

  it("renamed there and back are the same text again, for any label", () => {
    const label = fc.string({ minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(label, label, (from, to) => {
        if (from === to) return;
        for (const text of [`{{ $(${quoted(from)}).item }}`, `a {{ $node[${quoted(from)}].json }} b`]) {
          const there = renameReferences(text, from, to);
          expect(there.count).toBe(1);
          expect(referencesIn(there.text).map((reference) => reference.label)).toEqual([to]);
          expect(renameReferences(there.text, to, from).text).toBe(text);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("reads literals with their escapes", () => {
    expect(literalOf("'a\\n\\u0041\\x42\\u{1F600}\\q'")).toBe("a\nAB😀q");
    expect([literalOf("'a"), literalOf(["`a", "{b}`"].join("$")), literalOf("`a`")]).toEqual([null, null, "a"]);
  });
});

describe("completion", () => {
  const sample: Sample = {
    json: { user: { name: "Ada", "my key": 1 }, list: [{ x: true }], usage: null, empty: {} },
    nodes: new Map([["A", { total: 3 }]]),
    labels: ["A", "It's"],
    variables: { stage: "test" },
    event: { id: 7 },
  };
  /** `|` is the cursor. */
  const offered = (marked: string): string[] | null => {
    const cursor = marked.indexOf("|");
    const context = completionContext(marked.replace("|", ""), cursor);
    return context === null ? null : suggestions(context, sample).map((entry) => entry.name);
  };
  const chosen = (marked: string, name: string): string => {
    const cursor = marked.indexOf("|");
    const text = marked.replace("|", "");
    const context = completionContext(text, cursor);
    const choice = context && suggestions(context, sample).find((entry) => entry.name === name);
    if (!choice) throw new Error(`nothing called ${name}`);
    const made = text.slice(0, choice.from) + choice.insert + text.slice(choice.to);
    const at = choice.from + choice.insert.length - choice.back;
    return `${made.slice(0, at)}|${made.slice(at)}`;
  };

  it("offers exactly the keys of the chosen item behind $json., and methods by type", () => {
    expect(offered("{{ $json.|")?.slice(0, 4)).toEqual(["user", "list", "usage", "empty"]);
    expect(offered("{{ $json.us| }}")).toEqual(["user", "usage"]);
    expect(offered("{{ $json.user.|")?.slice(0, 2)).toEqual(["name", "my key"]);
    expect(offered("{{ $json.user.name.toUp|")).toEqual(["toUpperCase()"]);
    expect(offered("{{ $json.list.sm|")).toEqual(["smartJoin()"]);
    expect(offered("{{ $json.list[0].|")?.[0]).toBe("x");
    expect(offered("{{ $json.list?.[0].|")?.[0]).toBe("x");
    expect(offered("{{ $json.list.first().|")?.[0]).toBe("x");
    expect(offered("{{ $json.list[0].x.toN|")).toEqual(["toNumber()"]);
    expect(offered("{{ $json['user'].n|")?.[0]).toBe("name");
    expect(offered("{{ $json.none.|")).toEqual([]);
    expect(offered("{{ $json.usage.|")).toEqual([]);
    expect(offered("{{ 'text'.toUpper|")).toEqual(["toUpperCase()"]);
    expect(offered("{{ $json.user.name.toDateTime().toISOD|")).toEqual(["toISODate()"]);
  });

  it("offers names at the start and behind operators, and nothing where nothing can follow", () => {
    expect(offered("{{ |")?.slice(0, 3)).toEqual(["$json", "$input", "$("]);
    expect(offered("{{ $j|")).toEqual(["$json"]);
    expect(offered("{{ 1 + Ma|")).toEqual(
      ["$max", "Math"]
        .reverse()
        .filter((name) => offered("{{ 1 + Ma|")?.includes(name))
        .reverse(),
    );
    expect(offered("{{ f($now|")).toEqual(["$now"]);
    for (const none of ["a|", "{{ a }}|", "{{ 'te|xt' }}", "{{ 12| }}", "{{ $json |", "{{ f() |", "{{ 'x'| }}"])
      expect(offered(none)).toBeNull();
  });

  it("offers labels inside of $('…') and $node[\"…\"], upstream first", () => {
    expect(offered("{{ $('|")).toEqual(["A", "It's"]);
    expect(offered("{{ $('I|') }}")).toEqual(["It's"]);
    expect(offered('{{ $node["|')).toEqual(["A", "It's"]);
    expect(chosen("{{ $('|') }}", "It's")).toBe("{{ $('It\\'s|') }}");
    expect(chosen('{{ $node["|"] }}', "It's")).toBe('{{ $node["It\'s|"] }}');
  });

  it("knows what follows a node, the input, and the other names", () => {
    expect(offered("{{ $('A').|")?.slice(0, 2)).toEqual(["item", "first()"]);
    expect(offered("{{ $('A').item.|")).toEqual(["json", "binary"]);
    expect(offered("{{ $('A').item.json.|")?.[0]).toBe("total");
    expect(offered("{{ $('A').first().json.|")?.[0]).toBe("total");
    expect(offered("{{ $('A').all()[0].json.|")?.[0]).toBe("total");
    expect(offered("{{ $('A').item.binary.|")).toEqual([]);
    expect(offered("{{ $('A').params.|")).toEqual([]);
    expect(offered("{{ $('B').all()[0].|")).toEqual([]);
    expect(offered('{{ $node["A"].json.|')?.[0]).toBe("total");
    expect(offered("{{ $node.|")).toEqual([]);
    expect(offered("{{ $input.|")).toEqual(["item", "first()", "last()", "all()", "params"]);
    expect(offered("{{ $input.item.json.us|")).toEqual(["user", "usage"]);
    expect(offered("{{ $vars.|")?.[0]).toBe("stage");
    expect(offered("{{ event.|")?.[0]).toBe("id");
    expect(offered("{{ $now.toISOD|")).toEqual(["toISODate()"]);
    expect(offered("{{ DateTime.now().toISOD|")).toEqual(["toISODate()"]);
    expect(offered("{{ Math.ro|")).toEqual(["round()"]);
    expect(offered("{{ Math.round(1).|")).toEqual([]);
    for (const unknown of [
      "{{ f(x).|",
      "{{ $json[a].|",
      "{{ (a).|",
      "{{ 3 .|",
      "{{ [1].|",
      "{{ $(x).|",
      "{{ ).|",
      "{{ .|",
      "{{ + .|",
    ]) {
      expect(offered(unknown)).toEqual([]);
    }
  });

  it("writes keys that are no identifiers in brackets, and calls with the cursor inside", () => {
    expect(chosen("{{ $json.user.| }}", "my key")).toBe("{{ $json.user['my key']| }}");
    expect(chosen("{{ $json.user['|'] }}", "my key")).toBe("{{ $json.user['my key|'] }}");
    expect(chosen('{{ $json.user["m|y"] }}', "my key")).toBe('{{ $json.user["my key|"] }}');
    expect(offered("{{ $json?.['us|")).toEqual(["user", "usage"]);
    expect(offered("{{ x + ['us|")).toEqual([]);
    expect(chosen("{{ $json.user.name.tri| }}", "trim()")).toBe("{{ $json.user.name.trim(|) }}");
    expect(chosen("{{ | }}", "$(")).toBe("{{ $('|') }}");
    expect(chosen("{{ | }}", "$if")).toBe("{{ $if(|) }}");
    expect(chosen("{{ $js|on }}", "$json")).toBe("{{ $json| }}");
  });

  it("shows a sample of each key, and offers methods without data where the type is known", () => {
    const context = completionContext("{{ $json.", 9);
    const entries = context
      ? suggestions(context, { json: { a: "x".repeat(99), b: [1], c: { d: 1 }, e: null, f: true } })
      : [];
    expect(entries.slice(0, 5).map((entry) => [entry.detail, entry.info])).toEqual([
      ["string", `"${"x".repeat(38)}…`],
      ["array", "[1]"],
      ["object", "{…}"],
      ["null", "null"],
      ["boolean", "true"],
    ]);
    expect(typeOf(undefined)).toBeNull();
    expect(context && suggestions(context, {})).toEqual([]);
  });

  it("never throws, wherever the cursor stands", () => {
    fc.assert(
      fc.property(anyText, fc.nat(30), (text, at) => {
        const context = completionContext(text, Math.min(at, text.length));
        if (context !== null) expect(suggestions(context, sample).every((entry) => entry.from <= entry.to)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("finds the key that was meant", () => {
    expect(nearestKey("usre", ["name", "user"])).toBe("user");
    expect(nearestKey("adress", ["address", "age"])).toBe("address");
    expect(nearestKey("xyz", ["user"])).toBeNull();
  });
});

describe("paths", () => {
  it("are written as people write them", () => {
    expect(expressionPath("$json", ["a", "my key", 0, "it's", "1x"])).toBe("$json.a['my key'][0]['it\\'s']['1x']");
    expect(dotted(["a", 0, "b"])).toBe("a.0.b");
    expect(fromDotted("a.0.b")).toEqual(["a", 0, "b"]);
    expect(fromDotted("")).toEqual([]);
  });

  it("set, then got, is the value; taken away, it is gone; the source never changes", () => {
    const path = fc.array(fc.oneof(fc.constantFrom("a", "b", "c d"), fc.constant(0)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(path, fc.jsonValue(), (steps, value) => {
        const source = Object.freeze({ a: Object.freeze({ b: 1 }) });
        if (steps[0] === 0) return;
        const made = setAt(source, steps, value as never);
        expect(getAt(made, steps)).toEqual(value);
        expect(getAt(setAt(made, steps, undefined), steps)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it("refuses keys that reach prototypes, and leaves what does not fit as it is", () => {
    expect(() => setAt({}, ["a", "__proto__", "x"], 1)).toThrow(ForbiddenKey);
    expect(() => setIn({}, ["constructor"], 1)).toThrow(ForbiddenKey);
    expect(getAt({ a: 1 }, ["toString"])).toBeUndefined();
    expect(getAt([1], ["length"])).toBeUndefined();
    expect(setAt([1], [5], 2)).toEqual([1]);
    expect(setAt([1], ["x"], 2)).toEqual([1]);
    expect(setAt([1, 2, 3], [1], undefined)).toEqual([1, 3]);
    expect(setIn({ a: 1 }, [], 3)).toEqual({ a: 1 });
    expect(setAt("text", ["a"], undefined)).toBe("text");
  });
});
