import { X } from "lucide-react";
import { Dialog as Primitive } from "radix-ui";
import type { ReactNode } from "react";
import { copy } from "./copy";
import { cx } from "./cx";
import { ScrollArea } from "./ScrollArea";

interface DialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly description?: ReactNode;
  readonly size?: "small" | "medium" | "large" | "full";
  readonly footer?: ReactNode;
  /** Without a close button, Esc or a click beside it: something has to be decided. */
  readonly isModalOnly?: boolean;
  readonly children?: ReactNode;
}

const SIZES = { small: "max-w-105", medium: "max-w-150", large: "max-w-240", full: "max-w-none h-[calc(100dvh-64px)]" };

const FIELDS = ["input", "textarea", "[role=combobox]", "[contenteditable=true]"]
  .map((kind) => `${kind}:not(:disabled)`)
  .join();

/** Begins with the first field, where none asks for the focus itself: on the button that closes, Enter would end it all. */
function focusFirstField(event: Event): void {
  const dialog = event.currentTarget;
  const field = dialog instanceof HTMLElement ? dialog.querySelector<HTMLElement>(FIELDS) : null;
  if (!field) return;
  event.preventDefault();
  field.focus();
}

/** A dialog over the page; focus is held inside and returned on close. */
export function Dialog({
  isOpen,
  onClose,
  title,
  description,
  size = "small",
  footer,
  isModalOnly = false,
  children,
}: DialogProps) {
  const keep = isModalOnly ? (event: Event) => event.preventDefault() : undefined;
  return (
    <Primitive.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Primitive.Portal>
        <Primitive.Overlay className="fixed inset-0 z-40 animate-fade bg-[rgb(0_0_0/40%)]" />
        <Primitive.Content
          onOpenAutoFocus={focusFirstField}
          {...(description ? {} : { "aria-describedby": undefined })}
          {...(keep ? { onEscapeKeyDown: keep, onPointerDownOutside: keep, onInteractOutside: keep } : {})}
          className={cx(
            "fixed top-1/2 left-1/2 z-40 flex max-h-[calc(100dvh-32px)] w-[calc(100vw-32px)] -translate-x-1/2 -translate-y-1/2 animate-fade flex-col rounded-dialog border bg-surface shadow-high",
            SIZES[size],
          )}
        >
          <header className="flex items-start gap-2 px-5 pt-4 pb-2">
            <div className="min-w-0 flex-1">
              <Primitive.Title className="font-semibold text-panel">{title}</Primitive.Title>
              {description ? (
                <Primitive.Description className="mt-1 text-muted">{description}</Primitive.Description>
              ) : null}
            </div>
            {isModalOnly ? null : (
              <Primitive.Close
                aria-label={copy.close}
                className="-mr-2 inline-flex size-8 items-center justify-center rounded-control text-muted hover:bg-raised hover:text-text"
              >
                <X size={16} strokeWidth={1.75} />
              </Primitive.Close>
            )}
          </header>
          <ScrollArea className="min-h-0 flex-1 overflow-y-auto px-5 py-2">{children}</ScrollArea>
          {footer ? (
            <footer className="flex flex-wrap justify-end gap-2 border-t px-5 py-3">{footer}</footer>
          ) : (
            <div className="h-3" />
          )}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
