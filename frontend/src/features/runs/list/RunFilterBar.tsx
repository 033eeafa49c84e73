import { Chip } from "@/ui/Chip";
import { FilterBar } from "@/ui/FilterBar";
import { SearchInput } from "@/ui/SearchInput";
import { Select } from "@/ui/Select";
import { statusLook } from "@/ui/statusLook";
import { copy } from "../copy";
import { PERIODS, type Period, type RunFilters, STATUSES, TRIGGERS } from "./filters";

interface RunFilterBarProps {
  readonly filters: RunFilters;
  readonly isFiltered: boolean;
  /** The name of the workflow that is filtered by. */
  readonly workflowName: string | undefined;
  readonly onChange: (name: keyof RunFilters, value: string) => void;
  readonly onClear: () => void;
}

const statuses = [
  { value: "" as const, label: copy.anyStatus },
  ...STATUSES.map((value) => ({ value, label: statusLook(value).label })),
];
const triggers = [
  { value: "" as const, label: copy.anyTrigger },
  ...TRIGGERS.map((value) => ({ value, label: copy.triggers[value] })),
];
const periods = [
  { value: "" as const, label: copy.anyTime },
  // The keys of a constant are its own type's.
  ...(Object.keys(PERIODS) as Period[]).map((value) => ({ value, label: copy.periods[value] })),
];

/** Search and filters of the list of runs. */
export function RunFilterBar({ filters, isFiltered, workflowName, onChange, onClear }: RunFilterBarProps) {
  const { status, trigger, period, workflow, error, search } = filters;
  return (
    <FilterBar onClear={isFiltered ? onClear : undefined}>
      <SearchInput label={copy.search} value={search} onChange={(value) => onChange("search", value)} />
      <Select
        aria-label={copy.status}
        className="max-w-40 max-md:min-w-[40%] max-md:max-w-none max-md:flex-1"
        value={status}
        options={statuses}
        onChange={(value) => onChange("status", value)}
      />
      <Select
        aria-label={copy.trigger}
        className="max-w-40 max-md:min-w-[40%] max-md:max-w-none max-md:flex-1"
        value={trigger}
        options={triggers}
        onChange={(value) => onChange("trigger", value)}
      />
      <Select
        aria-label={copy.period}
        className="max-w-40 max-md:min-w-[40%] max-md:max-w-none max-md:flex-1"
        value={period}
        options={periods}
        onChange={(value) => onChange("period", value)}
      />
      {workflow ? (
        <Chip removeLabel={copy.allWorkflows} onRemove={() => onChange("workflow", "")}>
          {copy.ofWorkflow(workflowName ?? workflow.slice(0, 8))}
        </Chip>
      ) : null}
      {error ? (
        <Chip removeLabel={copy.allErrors} onRemove={() => onChange("error", "")}>
          {copy.withError(error)}
        </Chip>
      ) : null}
    </FilterBar>
  );
}
