import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import { SegmentedControl } from "./SegmentedControl";

const OPTIONS = ["first", "second", "third"].map((value) => ({ value, label: value }));

function Choice({ start, isDisabled = false }: { readonly start?: string; readonly isDisabled?: boolean }) {
  const [value, setValue] = useState(start);
  return <SegmentedControl label="Order" value={value} options={OPTIONS} onChange={setValue} disabled={isDisabled} />;
}

const chosen = () => screen.queryByRole("radio", { checked: true })?.textContent;
const focused = () => document.activeElement?.textContent;

test("choices are one stop of Tab, and its arrows choose what they lead to", async () => {
  const user = userEvent.setup();
  render(<Choice start="first" />);
  await user.tab();
  expect(focused()).toBe("first");
  for (const [key, expected] of [
    ["{ArrowRight}", "second"],
    ["{ArrowDown}", "third"],
    ["{ArrowRight}", "first"],
    ["{ArrowLeft}", "third"],
    ["{Home}", "first"],
    ["{End}", "third"],
    ["{ArrowUp}", "second"],
  ] as const) {
    await user.keyboard(key);
    expect([focused(), chosen()]).toEqual([expected, expected]);
  }
  await user.tab();
  expect(document.body).toHaveFocus();
  expect(screen.getByRole("radiogroup", { name: "Order" })).toBeInTheDocument();
});

test("with nothing chosen the focus alone chooses nothing, and keys of the page are left alone", async () => {
  const user = userEvent.setup();
  render(<Choice />);
  await user.tab();
  await user.keyboard("{Alt>}{ArrowRight}{/Alt}");
  expect(chosen()).toBeUndefined();
  await user.keyboard(" ");
  expect(chosen()).toBe("first");
  await user.keyboard(" "); // a second time leaves it
  expect(chosen()).toBe("first");
});

test("what is disabled takes no key", async () => {
  const user = userEvent.setup();
  render(<Choice start="first" isDisabled />);
  await user.tab();
  await user.keyboard("{ArrowRight}");
  expect(chosen()).toBe("first");
});
