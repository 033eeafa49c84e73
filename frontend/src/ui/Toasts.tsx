import { CircleAlert, CircleCheck, Info, X } from "lucide-react";
import { Toast } from "radix-ui";
import { useStore } from "zustand";
import { Button } from "./Button";
import { copy } from "./copy";
import { dismissToast, toastStore } from "./toast";

const ICONS = {
  info: <Info aria-hidden="true" size={16} strokeWidth={1.75} className="shrink-0 text-run" />,
  ok: <CircleCheck aria-hidden="true" size={16} strokeWidth={1.75} className="shrink-0 text-ok" />,
  error: <CircleAlert aria-hidden="true" size={16} strokeWidth={1.75} className="shrink-0 text-err" />,
};

/** Where toasts stand; once in the app. */
export function Toasts() {
  const toasts = useStore(toastStore, (state) => state.toasts);
  return (
    <Toast.Provider swipeDirection="left" label={copy.notification}>
      {toasts.map(({ id, text, kind = "info", action }) => (
        <Toast.Root
          key={id}
          type="background"
          duration={kind === "error" ? Number.POSITIVE_INFINITY : 6000}
          onOpenChange={(isOpen) => !isOpen && dismissToast(id)}
          className="flex w-full animate-appear items-center gap-2 rounded-node border bg-surface py-1.5 pr-1.5 pl-3 shadow-mid"
        >
          {ICONS[kind]}
          <Toast.Description className="min-w-0 flex-1 break-words py-1">{text}</Toast.Description>
          {action ? (
            <Toast.Action asChild altText={action.label}>
              <Button variant="ghost" size="small" className="text-accent" onClick={action.onSelect}>
                {action.label}
              </Button>
            </Toast.Action>
          ) : null}
          <Toast.Close
            aria-label={copy.close}
            className="inline-flex size-7 items-center justify-center rounded-control text-muted hover:bg-raised"
          >
            <X size={16} strokeWidth={1.75} />
          </Toast.Close>
        </Toast.Root>
      ))}
      <Toast.Viewport className="fixed bottom-4 left-4 z-50 flex w-90 max-w-[calc(100vw-32px)] flex-col gap-2 outline-none" />
    </Toast.Provider>
  );
}
