import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Tooltip } from "radix-ui";
import { useState } from "react";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { Item } from "@/domain/definition";
import { ItemsView } from "./ItemsView";

beforeAll(() => {
  globalThis.ResizeObserver ??= class {
    observe() {}
    unobserve() {}
    disconnect() {}
  };
  // jsdom lays nothing out; virtual rows need a height to be in.
  Object.defineProperty(Element.prototype, "clientHeight", { configurable: true, value: 600 });
  Object.defineProperty(Element.prototype, "clientWidth", { configurable: true, value: 400 });
  Element.prototype.scrollTo ??= () => {};
});

const ITEMS: Item[] = [
  { json: { name: "Ana", address: { "post code": "1010" } } },
  { json: { name: "Ben", address: { "post code": "<img src=x onerror=alert(1)>" }, note: null } },
];

function View({ onInsert }: { onInsert: (reference: string) => void }) {
  const [chosen, setChosen] = useState(0);
  return (
    <ItemsView
      label="Input"
      source={{ kind: "local", items: ITEMS }}
      chosen={chosen}
      onChoose={setChosen}
      references={{ base: "$json", onInsert }}
    />
  );
}

function mount() {
  const inserted = vi.fn();
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Tooltip.Provider>
        <View onInsert={inserted} />
      </Tooltip.Provider>
    </QueryClientProvider>,
  );
  return inserted;
}

const user = userEvent.setup({ pointerEventsCheck: 0 });

describe("items", () => {
  it("stand in a table of which a click puts a field into an expression", async () => {
    const inserted = mount();
    expect(screen.getAllByRole("columnheader").map((cell) => cell.textContent)).toEqual([
      "#",
      "name",
      "address",
      "note",
    ]);
    await user.click(screen.getByRole("button", { name: "Ben" }));
    expect(inserted).toHaveBeenLastCalledWith("$json.name");
    await user.click(screen.getByRole("button", { name: "Show item 2" }));
    expect(screen.getByText("2 of 2")).toBeVisible();
  });

  it("are searched", async () => {
    mount();
    await user.click(screen.getByRole("button", { name: "Search the data…" }));
    await user.type(screen.getByRole("searchbox"), "ben");
    expect(await screen.findByRole("button", { name: "Ben" })).toBeVisible();
    await vi.waitFor(() => expect(screen.queryByRole("button", { name: "Ana" })).toBeNull());
  });

  it("are shown by their schema, keys that are no names in brackets", async () => {
    const inserted = mount();
    await user.click(screen.getByRole("radio", { name: "Schema" }));
    await user.click(screen.getByRole("button", { name: "post code" }));
    expect(inserted).toHaveBeenLastCalledWith("$json.address['post code']");
  });

  it("are shown as JSON one by one, markup as text", async () => {
    mount();
    await user.click(screen.getByRole("button", { name: "Next item" }));
    await user.click(screen.getByRole("radio", { name: "JSON" }));
    const tree = screen.getByRole("region", { name: "Input" });
    expect(within(tree).getByText(/<img src=x onerror=alert\(1\)>/)).toBeVisible();
    expect(document.querySelector("img")).toBeNull();
  });
});
