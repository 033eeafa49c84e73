import { Search } from "lucide-react";
import { useId, useState } from "react";
import { FormProblem, useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Select } from "@/ui/Select";
import { copy } from "./copy";
import { Places } from "./Places";
import { ask, type Found, type Level, type Question } from "./queries";

const LEVELS = [
  { value: "library" as const, label: copy.levels.library },
  { value: "platform" as const, label: copy.levels.platform },
];

/** Tries a question out: what is found, how well it fits. In one document where one is named. */
export function AskBox({ documentId }: { readonly documentId?: string }) {
  const id = useId();
  const [query, setQuery] = useState("");
  const [level, setLevel] = useState<Level>("library");
  const [found, setFound] = useState<Found | null>(null);
  const search = useAction((question: Question) => ask(question), { refresh: [], isShown: true, onDone: setFound });
  const send = () => {
    const where = documentId === undefined ? { level } : { level: "file" as const, documentId };
    if (query.trim()) search.run({ query, ...where });
  };
  return (
    <section aria-labelledby={id} className="flex flex-col gap-3">
      <h2 id={id} className="font-semibold text-panel">
        {documentId === undefined ? copy.ask : copy.askHere}
      </h2>
      <p className="text-meta text-muted">{copy.askHelp}</p>
      <form
        className="flex flex-wrap items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <div className="min-w-60 flex-1">
          <Field label={copy.askLabel}>
            <Input
              maxLength={4000}
              value={query}
              placeholder={copy.askPlaceholder}
              onChange={({ target }) => setQuery(target.value)}
            />
          </Field>
        </div>
        {documentId === undefined ? (
          <div className="w-44">
            <Select aria-label={copy.level} value={level} options={LEVELS} onChange={setLevel} />
          </div>
        ) : null}
        <Button type="submit" icon={<Search size={16} />} isBusy={search.isBusy}>
          {copy.find}
        </Button>
      </form>
      <FormProblem problem={search.problem} />
      <div aria-live="polite">{found && !search.problem ? <Places found={found} /> : null}</div>
    </section>
  );
}
