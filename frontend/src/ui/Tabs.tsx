import { Tabs as Primitive } from "radix-ui";
import type { ReactNode } from "react";
import { cx } from "./cx";

export interface Tab<T extends string> {
  readonly value: T;
  readonly label: ReactNode;
  readonly content: ReactNode;
}

interface TabsProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly tabs: readonly Tab<T>[];
  readonly onChange: (value: T) => void;
  /** On the right of the tabs. */
  readonly actions?: ReactNode;
  readonly className?: string;
  readonly contentClassName?: string;
}

/** Panels of which one is shown; the arrows change it. */
export function Tabs<T extends string>(props: TabsProps<T>) {
  const { label, value, tabs, onChange, actions, className, contentClassName } = props;
  const change = (next: string) => {
    const tab = tabs.find((one) => one.value === next);
    if (tab) onChange(tab.value);
  };
  return (
    <Primitive.Root value={value} onValueChange={change} className={cx("flex min-h-0 flex-col", className)}>
      <div className="flex shrink-0 items-center gap-2 border-b px-3">
        <Primitive.List aria-label={label} className="flex min-w-0 flex-1 gap-1 overflow-x-auto">
          {tabs.map((tab) => (
            <Primitive.Trigger
              key={tab.value}
              value={tab.value}
              className="-mb-px flex h-10 shrink-0 items-center gap-1.5 border-transparent border-b-2 px-2 text-muted -outline-offset-2 transition-colors hover:text-text data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-text"
            >
              {tab.label}
            </Primitive.Trigger>
          ))}
        </Primitive.List>
        {actions}
      </div>
      {tabs.map((tab) => (
        <Primitive.Content
          key={tab.value}
          value={tab.value}
          className={cx("min-h-0 flex-1 overflow-auto -outline-offset-2", contentClassName)}
        >
          {tab.content}
        </Primitive.Content>
      ))}
    </Primitive.Root>
  );
}
