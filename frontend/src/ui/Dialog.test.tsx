import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { Dialog } from "./Dialog";

it("begins with its first field, and not with the button that closes it", () => {
  render(
    <Dialog isOpen onClose={() => undefined} title="New credential">
      <button type="button">Read more</button>
      <input aria-label="Gone" disabled />
      <input aria-label="Name" />
    </Dialog>,
  );
  expect(document.activeElement).toBe(screen.getByLabelText("Name"));
});

it("leaves the focus to a field that asks for it", () => {
  render(
    <Dialog isOpen onClose={() => undefined} title="New table">
      <input aria-label="First" />
      <input aria-label="Second" autoFocus />
    </Dialog>,
  );
  expect(document.activeElement).toBe(screen.getByLabelText("Second"));
});

it("without a field it stays inside", () => {
  render(
    <Dialog isOpen onClose={() => undefined} title="Stop runs">
      Sure?
    </Dialog>,
  );
  expect(screen.getByRole("dialog").contains(document.activeElement)).toBe(true);
});
