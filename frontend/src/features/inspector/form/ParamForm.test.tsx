import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Tooltip } from "radix-ui";
import { type ComponentProps, useState } from "react";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { NodeField, NodeType } from "@/domain/definition";
import type { Json, JsonObject } from "@/domain/json";
import { setIn } from "@/domain/paths";
import catalogue from "../../../../tests/fixtures/catalogue.json";
import { ParamForm } from "./ParamForm";

vi.mock("@/ui/CodeEditor", () => ({
  CodeEditor: (props: { label: string; value: string; onChange: (text: string) => void }) => (
    <textarea aria-label={props.label} value={props.value} onChange={(event) => props.onChange(event.target.value)} />
  ),
}));

const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
const kinds = catalogue as unknown as NodeType[]; // a recorded answer of the server

beforeAll(() => {
  // What jsdom lacks and the primitives ask for.
  globalThis.ResizeObserver ??= class {
    observe() {}
    unobserve() {}
    disconnect() {}
  };
  Element.prototype.hasPointerCapture ??= () => false;
  Element.prototype.scrollIntoView ??= () => {};
  Range.prototype.getClientRects ??= () => [] as unknown as DOMRectList;
});

function fieldOf(name: string, change: Partial<NodeField> = {}): NodeField {
  return {
    name,
    type: "string",
    label: name,
    required: false,
    default: null,
    options: [],
    placeholder: "",
    help: "",
    group: "main",
    show_if: null,
    expression: false,
    language: null,
    ...change,
  };
}

type Kept = { params: JsonObject };

function Harness({ kept, ...form }: { kept: Kept } & Omit<ComponentProps<typeof ParamForm>, "onChange">) {
  const [params, setParams] = useState(form.value);
  return (
    <QueryClientProvider client={client}>
      <Tooltip.Provider>
        <ParamForm
          {...form}
          value={params}
          onChange={(path, next) => {
            kept.params = setIn(kept.params, path, next);
            setParams(kept.params);
          }}
        />
      </Tooltip.Provider>
    </QueryClientProvider>
  );
}

function mount(fields: NodeField[], properties: JsonObject, value: JsonObject = {}, wrong: string[] = []): Kept {
  const kept: Kept = { params: value };
  const problems = wrong.map((path) => ({ path, code: "c", message: "Wrong here.", severity: "error" as const }));
  render(
    <Harness kept={kept} fields={fields} schema={{ type: "object", properties }} value={value} problems={problems} />,
  );
  return kept;
}

const user = userEvent.setup({ pointerEventsCheck: 0 });

describe("controls", () => {
  it("writes a text and takes it away when it is emptied", async () => {
    const kept = mount([fieldOf("title")], { title: { type: "string" } });
    await user.type(screen.getByLabelText("title"), "Hi");
    expect(kept.params).toEqual({ title: "Hi" });
    await user.clear(screen.getByLabelText("title"));
    expect(kept.params).toEqual({});
    expect(screen.getByLabelText("title")).toBeVisible();
  });

  it("writes several lines, URLs and e-mail addresses", async () => {
    const kept = mount([fieldOf("note"), fieldOf("link"), fieldOf("mail")], {
      note: { type: "string", format: "multiline" },
      link: { type: "string", format: "uri" },
      mail: { type: "string", format: "email" },
    });
    await user.type(screen.getByLabelText("note"), "a{enter}b");
    await user.type(screen.getByLabelText("link"), "https://a.example");
    await user.type(screen.getByLabelText("mail"), "ana@a.example");
    expect(kept.params).toEqual({ note: "a\nb", link: "https://a.example", mail: "ana@a.example" });
  });

  it("keeps numbers as numbers and says when one is out of its bounds", async () => {
    const kept = mount([fieldOf("times", { type: "number" })], { times: { type: "integer", minimum: 1, maximum: 5 } });
    await user.type(screen.getByLabelText("times"), "7");
    expect(kept.params).toEqual({ times: 7 });
    expect(screen.getByText("Must be 5 or less.")).toBeVisible();
    await user.clear(screen.getByLabelText("times"));
    await user.type(screen.getByLabelText("times"), "4{arrowup}{arrowup}");
    expect(kept.params).toEqual({ times: 5 });
  });

  it("switches on and off", async () => {
    const kept = mount([fieldOf("deep", { type: "boolean" })], { deep: { type: "boolean", default: true } });
    await user.click(screen.getByRole("switch", { name: "deep" }));
    expect(kept.params).toEqual({ deep: false });
  });

  it("chooses one of a few, one of many, and some of several", async () => {
    const many = Array.from({ length: 12 }, (_, at) => `choice ${at}`);
    const kept = mount([fieldOf("few"), fieldOf("many"), fieldOf("some")], {
      few: { enum: ["all", "any"] },
      many: { enum: many },
      some: { type: "array", items: { enum: ["GET", "POST"] } },
    });
    await user.click(screen.getByRole("radio", { name: "Any" }));
    await user.click(screen.getByRole("combobox", { name: "many" }));
    await user.type(screen.getByPlaceholderText("Search…"), "11{enter}");
    await user.click(screen.getByRole("checkbox", { name: "POST" }));
    await user.click(screen.getByRole("checkbox", { name: "GET" }));
    expect(kept.params).toEqual({ few: "any", many: "choice 11", some: ["GET", "POST"] });
  });

  it("collects texts as chips", async () => {
    const kept = mount([fieldOf("tags")], { tags: { type: "array", items: { type: "string" } } });
    await user.type(screen.getByLabelText("tags"), "a{enter}b,c{enter}");
    expect(kept.params).toEqual({ tags: ["a", "b", "c"] });
    await user.click(screen.getByRole("button", { name: "Remove b" }));
    expect(kept.params).toEqual({ tags: ["a", "c"] });
  });

  it("adds, fills, moves and removes rows", async () => {
    const item = {
      title: "NamedCase",
      type: "object",
      properties: { name: { type: "string" }, on: { type: "boolean" } },
    };
    const kept = mount([fieldOf("cases")], { cases: { type: "array", items: item } });
    await user.click(screen.getByRole("button", { name: "Add to cases" }));
    await user.click(screen.getByRole("button", { name: "Add to cases" }));
    await user.type(within(screen.getByRole("group", { name: "Named case 1" })).getByLabelText("Name"), "x");
    await user.type(within(screen.getByRole("group", { name: "Named case 2" })).getByLabelText("Name"), "y");
    await user.click(screen.getByRole("button", { name: "Move Named case 2 up" }));
    expect(kept.params).toEqual({ cases: [{ name: "y" }, { name: "x" }] });
    await user.click(screen.getByRole("button", { name: "Remove Named case 1" }));
    expect(kept.params).toEqual({ cases: [{ name: "x" }] });
  });

  it("writes a form as a list of its fields, and leaves the rest to JSON", async () => {
    const text = { type: "string", propertyOrder: 1 };
    const kept = mount(
      [fieldOf("form")],
      { form: { type: "object", control: "form" } },
      { form: { type: "object", properties: { name: text } } },
    );
    await user.click(screen.getByRole("button", { name: "Add to form" }));
    const added = within(screen.getByRole("group", { name: "Field 2" }));
    const name = added.getByLabelText(/^Name in the data/);
    await user.clear(name);
    await user.type(name, "name");
    await screen.findAllByText("Another field has this name.");
    expect(Object.keys((kept.params.form as JsonObject).properties as JsonObject)).toEqual(["name", "nam"]);
    await user.type(name, "s");
    await user.click(added.getByRole("switch", { name: "Required" }));
    await user.click(screen.getByRole("button", { name: "Move Field 2 up" }));
    expect(kept.params.form).toEqual({
      type: "object",
      properties: { names: { type: "string", propertyOrder: 1 }, name: { type: "string", propertyOrder: 2 } },
      required: ["names"],
    });
    await user.click(screen.getByRole("radio", { name: "JSON" }));
    expect(screen.getByLabelText("form")).toHaveValue(JSON.stringify(kept.params.form, null, 2));
  });

  it("writes pairs of key and value", async () => {
    const kept = mount([fieldOf("headers")], {
      headers: { type: "object", additionalProperties: { type: "string" } },
    });
    await user.click(screen.getByRole("button", { name: "Add to headers" }));
    await user.type(screen.getByLabelText("Key"), "Accept");
    await user.type(screen.getByLabelText("Value of Accept"), "text/plain");
    expect(kept.params).toEqual({ headers: { Accept: "text/plain" } });
    await user.type(screen.getByLabelText("Key"), "2");
    expect(kept.params).toEqual({ headers: { Accept2: "text/plain" } });
  });

  it("opens objects, and one kind of several", async () => {
    const variant = (kind: string, own: JsonObject): Json => ({
      type: "object",
      properties: { kind: { const: kind }, ...own },
    });
    const kept = mount([fieldOf("options"), fieldOf("auth")], {
      options: { type: "object", properties: { strict: { type: "boolean" } } },
      auth: {
        oneOf: [variant("none", {}), variant("basic", { realm: { type: "string" } })],
        discriminator: { propertyName: "kind" },
      },
    });
    await user.click(screen.getByRole("switch", { name: "Strict" }));
    screen.getByRole("combobox", { name: "auth" }).focus();
    await user.keyboard("{enter}");
    await user.click(await screen.findByRole("option", { name: "Basic" }));
    await user.type(screen.getByLabelText("Realm"), "r");
    expect(kept.params).toEqual({ options: { strict: true }, auth: { kind: "basic", realm: "r" } });
  });

  it("clears what may be empty, and goes back to the default", async () => {
    const kept = mount(
      [fieldOf("limit", { type: "number" })],
      { limit: { anyOf: [{ type: "integer" }, { type: "null" }], default: null } },
      { limit: 3 },
    );
    await user.click(screen.getByRole("button", { name: "Clear" }));
    expect(kept.params).toEqual({});
  });

  it("keeps a moment in UTC", async () => {
    const kept = mount([fieldOf("until")], { until: { type: "string", format: "date-time" } });
    const control = screen.getByLabelText<HTMLInputElement>("until");
    await user.type(control, "2030-01-02T03:04");
    expect(kept.params).toEqual({ until: new Date("2030-01-02T03:04").toISOString() });
  });
});

describe("form", () => {
  it("keeps what is seldom needed behind Add option", async () => {
    mount([fieldOf("url", { required: true }), fieldOf("agent", { group: "advanced" })], {
      url: { type: "string" },
      agent: { type: "string" },
    });
    expect(screen.queryByLabelText("agent")).toBeNull();
    await user.click(screen.getByRole("button", { name: "Add option" }));
    await user.click(screen.getByText("agent"));
    expect(screen.getByLabelText("agent")).toBeVisible();
  });

  it("says what is wrong under its field, as its description", () => {
    mount([fieldOf("url")], { url: { type: "string" } }, { url: "x" }, ["url"]);
    expect(screen.getByLabelText("url")).toHaveAccessibleDescription(/Wrong here/);
  });

  it("offers an expression in controls that hold no text, and two braces begin one", async () => {
    const kept = mount(
      [fieldOf("on", { type: "boolean", expression: true }), fieldOf("n", { type: "number", expression: true })],
      { on: { type: "boolean" }, n: { type: "number" } },
      { on: "{{ $json.a }}" },
    );
    expect(screen.getByRole("textbox", { name: "on" })).toHaveTextContent("{{ $json.a }}");
    await user.click(screen.getByRole("button", { name: "Use a plain value" }));
    expect(kept.params).toEqual({});
    expect(screen.getByRole("switch", { name: "on" })).toBeVisible();
    await user.click(screen.getByLabelText("n"));
    await user.keyboard("{{{{"); // user-event's way to write two braces
    await waitFor(() =>
      expect(document.querySelector("[data-param=n] .cm-editor, [data-param=n] textarea")).not.toBeNull(),
    );
  });

  it("draws every kind of the catalogue, all its fields opened", () => {
    for (const type of kinds) {
      const fields = type.fields.map((field) => ({ ...field, group: "main", show_if: null }));
      const view = render(<Harness kept={{ params: {} }} fields={fields} schema={type.params_schema} value={{}} />);
      for (const field of type.fields) {
        const drawn = view.container.querySelector(`[data-param="${field.name}"]`);
        expect(drawn, `${type.kind}.${field.name}`).not.toBeNull();
        expect(drawn?.querySelector("input, textarea, button, [role=textbox], [role=switch]")).not.toBeNull();
      }
      view.unmount();
    }
  });
});
