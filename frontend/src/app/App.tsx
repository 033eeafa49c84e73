import { QueryClientProvider } from "@tanstack/react-query";
import { Tooltip } from "radix-ui";
import { RouterProvider } from "react-router";
import { Toasts } from "@/ui/Toasts";
import { CommandPalette } from "./CommandPalette";
import { ConnectionBanner } from "./ConnectionBanner";
import { queryClient } from "./queryClient";
import { createRouter } from "./router";
import { SessionExpired } from "./SessionExpired";
import { ShortcutSheet } from "./ShortcutSheet";
import { useShortcuts } from "./useShortcuts";

const router = createRouter();
const goTo = (path: string) => void router.navigate(path);

/** Everything around the screens: data, tooltips, notes, palette, and what stands over them. */
export function App() {
  useShortcuts();
  return (
    <QueryClientProvider client={queryClient}>
      <Tooltip.Provider delayDuration={400} skipDelayDuration={200}>
        <ConnectionBanner />
        <RouterProvider router={router} />
        <CommandPalette onGo={goTo} />
        <ShortcutSheet />
        <SessionExpired />
        <Toasts />
      </Tooltip.Provider>
    </QueryClientProvider>
  );
}
