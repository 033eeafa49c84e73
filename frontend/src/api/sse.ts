/** Server-sent events from text that comes in pieces. Source: HTML, section 9.2.6. */
export interface SseEvent {
  readonly id: string | null;
  readonly type: string;
  readonly data: string;
}

/** Returns a function that takes the next piece and returns the events it ended. */
export function sseParser(): (piece: string) => SseEvent[] {
  let rest = "";
  let id: string | null = null;
  let type = "";
  let data: string[] = [];

  function field(line: string): void {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") data.push(value);
    else if (name === "event") type = value;
    else if (name === "id" && !value.includes("\0")) id = value;
  }

  return (piece) => {
    const events: SseEvent[] = [];
    rest += piece;
    // A carriage return at the end may be half of a line break.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line !== "") {
        if (!line.startsWith(":")) field(line);
        continue;
      }
      if (data.length > 0) events.push({ id, type: type || "message", data: data.join("\n") });
      id = null;
      type = "";
      data = [];
    }
    return events;
  };
}
