import { useStore } from "zustand";
import { commandStore } from "@/ui/commandStore";
import { Dialog } from "@/ui/Dialog";
import { Kbd } from "@/ui/Kbd";
import { copy } from "./copy";

const EVERYWHERE = [
  { id: "palette", label: copy.commands, keys: "mod+k" },
  { id: "shortcuts", label: copy.shortcuts, keys: "?" },
];

/** All keys that act now, by group. */
export function ShortcutSheet() {
  const isOpen = useStore(commandStore, (state) => state.isSheetOpen);
  const sets = useStore(commandStore, (state) => state.sets);
  const withKeys = [...sets.values()].flat().filter((one) => one.keys !== undefined);
  const groups: [string, readonly { id: string; label: string; keys?: string }[]][] = [
    [copy.shortcutGroups.everywhere, EVERYWHERE],
    ...Map.groupBy(withKeys, (one) => one.group),
  ];
  return (
    <Dialog
      isOpen={isOpen}
      onClose={() => commandStore.setState({ isSheetOpen: false })}
      title={copy.shortcuts}
      size="large"
    >
      <div className="gap-8 md:columns-2">
        {groups.map(([name, entries]) => (
          <section key={name} className="mb-5 break-inside-avoid">
            <h3 className="mb-1 font-semibold text-meta text-muted">{name}</h3>
            <dl>
              {[...Map.groupBy(entries, ({ label }) => label)].map(([label, ways]) => (
                <div key={label} className="flex min-h-8 items-center justify-between gap-4 border-b py-1">
                  <dt className="shrink-0">{label}</dt>
                  <dd className="flex flex-wrap justify-end gap-x-3 gap-y-1">
                    {ways.map(({ id, keys }) => (keys ? <Kbd key={id} keys={keys} /> : null))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
