import { Command as Cmdk } from "cmdk";
import { Search } from "lucide-react";
import { Dialog } from "radix-ui";
import { useMemo, useRef, useState } from "react";
import { useStore } from "zustand";
import { useSession } from "@/api";
import { type Command, commandStore } from "@/ui/commandStore";
import { Kbd } from "@/ui/Kbd";
import { copy } from "./copy";
import { furtherPages, lowerNavigation, navigation } from "./navigation";

const ICON = { size: 16, strokeWidth: 1.75 } as const;
const ITEM =
  "flex h-9 cursor-pointer items-center gap-2.5 rounded-control px-2.5 data-[selected=true]:bg-raised max-md:h-11";

interface CommandPaletteProps {
  readonly onGo: (path: string) => void;
}

/** One box over commands, nodes of the open workflow and pages. `>` finds commands only, `@` nodes only. */
export function CommandPalette({ onGo }: CommandPaletteProps) {
  const isOpen = useStore(commandStore, (state) => state.isPaletteOpen);
  const sets = useStore(commandStore, (state) => state.sets);
  const { status, user } = useSession();
  const isStaff = user?.is_staff === true;
  const [text, setText] = useState("");
  const askedFrom = useRef<Element | null>(null);
  const close = () => {
    commandStore.setState({ isPaletteOpen: false });
    setText("");
  };
  const groups = useMemo(() => {
    const pages = [
      ...[...navigation, ...lowerNavigation].map(({ path, label, icon: Icon }) =>
        pageOf(path, label, onGo, <Icon {...ICON} />),
      ),
      ...furtherPages
        .filter(({ isForStaff = false }) => isStaff || !isForStaff)
        .map(({ path, label }) => pageOf(path, label, onGo)),
    ];
    return grouped([...sets.values()].flat().concat(pages));
  }, [sets, onGo, isStaff]);
  const sign = text.charAt(0);
  const wanted = sign === ">" ? "command" : sign === "@" ? "node" : null;
  const query = wanted ? text.slice(1).trim() : text;
  return (
    <Dialog.Root open={isOpen && status !== "signedOut"} onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-fade bg-[rgb(0_0_0/30%)]" />
        <Dialog.Content
          aria-describedby={undefined}
          onOpenAutoFocus={() => {
            askedFrom.current = document.activeElement;
          }}
          onCloseAutoFocus={(event) => {
            // Back to where it was asked for, unless what was chosen has the focus already.
            event.preventDefault();
            const { current } = askedFrom;
            if (document.activeElement === document.body && current instanceof HTMLElement) current.focus();
          }}
          className="fixed top-[12vh] left-1/2 z-40 w-[min(640px,calc(100vw-32px))] -translate-x-1/2 animate-fade overflow-hidden rounded-dialog border bg-surface shadow-high"
        >
          <Dialog.Title className="sr-only">{copy.commands}</Dialog.Title>
          <Cmdk label={copy.commands} loop filter={(value, _, keywords) => score(value, keywords ?? [], query)}>
            <div className="flex items-center gap-2.5 border-b px-4">
              <Search {...ICON} aria-hidden="true" className="text-muted" />
              <Cmdk.Input
                value={text}
                onValueChange={setText}
                placeholder={copy.searchPlaceholder}
                className="h-12 flex-1 bg-transparent text-body outline-none"
              />
              <Kbd keys="escape" />
            </div>
            <Cmdk.List className="max-h-[50vh] overflow-y-auto p-2">
              <Cmdk.Empty className="px-3 py-6 text-center text-muted">{copy.nothingFound}</Cmdk.Empty>
              {groups.map(([name, commands]) => (
                <Cmdk.Group
                  key={name}
                  heading={name}
                  className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-meta [&_[cmdk-group-heading]]:text-muted"
                >
                  {commands
                    .filter((one) => wanted === null || (one.kind ?? "command") === wanted)
                    .map((one) => (
                      <Cmdk.Item
                        key={one.id}
                        value={`${one.label} ${one.id}`}
                        keywords={[...(one.keywords ?? [])]}
                        className={ITEM}
                        onSelect={() => {
                          close();
                          one.run();
                        }}
                      >
                        <span className="flex size-4 items-center justify-center text-muted">{one.icon}</span>
                        <span className="min-w-0 flex-1 truncate">{one.label}</span>
                        {one.keys ? <Kbd keys={one.keys} /> : null}
                      </Cmdk.Item>
                    ))}
                </Cmdk.Group>
              ))}
            </Cmdk.List>
          </Cmdk>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function pageOf(path: string, label: string, onGo: (path: string) => void, icon?: React.ReactNode): Command {
  return { id: `page:${path}`, label, group: copy.pages, kind: "page", icon, run: () => onGo(path) };
}

function grouped(commands: readonly Command[]): [string, Command[]][] {
  return [...Map.groupBy(commands, (one) => one.group)];
}

/** Prefix before word before anywhere; 0 hides. */
function score(value: string, keywords: readonly string[], query: string): number {
  const wanted = query.trim().toLowerCase();
  if (wanted === "") return 1;
  const label = value.toLowerCase();
  if (label.startsWith(wanted)) return 1;
  if (label.split(/\W+/).some((word) => word.startsWith(wanted))) return 0.8;
  if (label.includes(wanted)) return 0.6;
  return keywords.some((word) => word.toLowerCase().includes(wanted)) ? 0.4 : 0;
}
