import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter, RouterProvider } from "react-router";
import { afterEach, expect, it, vi } from "vitest";
import { copy } from "./copy";
import { ErrorBoundary } from "./ErrorBoundary";
import { askedAgain } from "./LateScreen";
import { queryClient } from "./queryClient";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  queryClient.clear();
});

const Part = () => <p>The screen</p>;

/** Opens a screen whose part comes only while `isThere` says so. */
function open(failure: Error, isThere: () => boolean, hasPart: () => boolean) {
  vi.stubGlobal("fetch", async () => {
    if (!isThere()) throw new TypeError("Failed to fetch");
    return new Response("{}");
  });
  vi.stubGlobal("reportError", () => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const lazy = async () => {
    if (!hasPart()) throw failure;
    return { Component: Part };
  };
  const screens = askedAgain([{ path: "/", lazy, hydrateFallbackElement: <i /> }]);
  const router = createMemoryRouter([{ errorElement: <ErrorBoundary />, children: screens }]);
  render(
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
}

it.each([
  new TypeError("Failed to fetch dynamically imported module: http://heddle/part.js"),
  new Error("Unable to preload CSS for /static/app/part.css"),
])("a part that does not come while the server is away is tried again, without a reload: %s", async (failure) => {
  let isThere = false;
  open(
    failure,
    () => isThere,
    () => isThere,
  );
  await screen.findByText(copy.partAway);
  expect(screen.queryByText(copy.newVersion)).toBeNull();
  isThere = true;
  await userEvent.click(screen.getByRole("button", { name: copy.tryAgain }));
  await screen.findByText("The screen");
});

it("a part that is gone while the server answers means newer files", async () => {
  open(
    new TypeError("error loading dynamically imported module"),
    () => true,
    () => false,
  );
  await waitFor(() => screen.getByText(copy.newVersion));
  screen.getByRole("button", { name: copy.reload });
});
