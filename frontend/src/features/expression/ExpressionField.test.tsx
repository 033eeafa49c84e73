import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Tooltip } from "radix-ui";
import { useState } from "react";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { api } from "@/api";
import { EditorView } from "@/ui/codeMirror";
import { ExpressionField } from "./ExpressionField";
import { useInsertTarget } from "./insertTarget";
import { type ExpressionScope, ExpressionScopeContext } from "./scope";

beforeAll(() => {
  // What jsdom lacks and CodeMirror asks for.
  Range.prototype.getClientRects ??= () => Object.assign([], { item: () => null });
  globalThis.ResizeObserver ??= class {
    observe() {}
    unobserve() {}
    disconnect() {}
  };
});

const asked: unknown[] = [];
const results = new Map<string, unknown>();

beforeEach(() => {
  asked.length = 0;
  results.clear();
  vi.spyOn(api, "POST").mockImplementation((async (_: string, init: { body: { texts: Record<string, string> } }) => {
    asked.push(init.body);
    const answer = Object.entries(init.body.texts).map(([key, text]) => [
      key,
      results.get(text) ?? value(null, "null"),
    ]);
    return { data: { results: Object.fromEntries(answer) }, response: new Response() };
  }) as unknown as typeof api.POST); // one path of all that the client knows
});

function value(of: unknown, type: string, error: unknown = null) {
  return { ok: error === null, value: of, type, parts: [], error };
}

const SCOPE: ExpressionScope = {
  sample: { json: { user: { name: "Ana" } }, labels: ["Start"] },
  isReal: true,
  preview: { workflow_id: "w", node_id: "n", items: [{ json: { user: { name: "Ana" } } }], item_index: 0 },
};

function Fields({ texts, onChange = () => {} }: { texts: string[]; onChange?: (text: string) => void }) {
  const [held, setHeld] = useState(texts);
  return held.map((text, at) => (
    <ExpressionField
      // biome-ignore lint/suspicious/noArrayIndexKey: the fields of a test stay where they are
      key={at}
      label={`field ${at}`}
      value={text}
      onChange={(next) => {
        setHeld((before) => before.map((one, other) => (other === at ? next : one)));
        onChange(next);
      }}
    />
  ));
}

function mount(texts: string[], onChange?: (text: string) => void, scope = SCOPE) {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Tooltip.Provider>
        <ExpressionScopeContext value={scope}>
          <Fields texts={texts} {...(onChange ? { onChange } : {})} />
        </ExpressionScopeContext>
      </Tooltip.Provider>
    </QueryClientProvider>,
  );
}

function editor(): EditorView {
  const found = EditorView.findFromDOM(document.querySelector<HTMLElement>(".cm-editor") ?? document.body);
  if (found === null) throw new Error("no editor is open");
  return found;
}

const user = userEvent.setup({ pointerEventsCheck: 0 });

describe("expression field", () => {
  it("asks for the previews of all fields in one call and shows value and type", async () => {
    results.set("{{ $json.user.name }}", value("Ana", "string"));
    results.set("{{ 1 + 1 }}", value(2, "number"));
    mount(["{{ $json.user.name }}", "{{ 1 + 1 }}", "plain"]);
    expect(await screen.findByText("Ana")).toBeVisible();
    expect(screen.getByText("2")).toBeVisible();
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ context: SCOPE.preview });
  });

  it("says which key was meant where there is none", async () => {
    mount(["{{ $json.usre.name }}"]);
    expect(await screen.findByText("undefined")).toBeVisible();
    expect(screen.getByText("No “usre”, did you mean “user”?")).toBeVisible();
  });

  it("says where the syntax is wrong", async () => {
    const error = { code: "expression_syntax", position: 10, message: "expected a name" };
    results.set("{{ $json. }}", value(null, "null", error));
    mount(["{{ $json. }}"]);
    expect(await screen.findByText("expected a name (column 11)")).toBeVisible();
  });

  it("promises a value where there are no data yet", () => {
    mount(["{{ $json.a }}"], undefined, { sample: {}, isReal: false, preview: { workflow_id: "w", items: [] } });
    expect(screen.getByText(/shows here once there is data/)).toBeVisible();
  });

  it("has one editor at a time, which tells what is written", async () => {
    const written = vi.fn();
    mount(["a", "b"], written);
    await user.click(screen.getByRole("textbox", { name: "field 0" }));
    await waitFor(() => expect(document.querySelectorAll(".cm-editor")).toHaveLength(1), { timeout: 5000 });
    act(() => editor().dispatch({ changes: { from: 1, insert: "{{ $json }}" } }));
    expect(written).toHaveBeenLastCalledWith("a{{ $json }}");
    await user.tab();
    await user.click(screen.getByRole("textbox", { name: "field 1" }));
    await waitFor(() => expect(editor().state.doc.toString()).toBe("b"), { timeout: 5000 });
    expect(document.querySelectorAll(".cm-editor")).toHaveLength(1);
  });

  it("takes a reference where the cursor was", async () => {
    const written = vi.fn();
    mount(["Hi "], written);
    await user.click(screen.getByRole("textbox", { name: "field 0" }));
    await waitFor(() => expect(useInsertTarget.getState().target?.label).toBe("field 0"));
    act(() => useInsertTarget.getState().target?.insert("$json.user"));
    expect(written).toHaveBeenLastCalledWith("Hi {{ $json.user }}");
  });
});
