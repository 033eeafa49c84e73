import { lazy, Suspense } from "react";
import { asProblem } from "@/api";
import { useCatalogue } from "@/features/catalogue";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";
import { copy } from "../copy";
import { useRanDefinition } from "./queries";

/** The canvas is large, and a phone never shows it. */
const GraphView = lazy(async () => ({ default: (await import("@/features/graph")).GraphView }));

interface RunCanvasProps {
  readonly id: string;
  readonly chosen: string | null;
  readonly onChoose: (nodeId: string | null) => void;
}

/** The definition that ran, coloured by how each node went; read-only. */
export function RunCanvas({ id, chosen, onChoose }: RunCanvasProps) {
  const definition = useRanDefinition(id);
  const catalogue = useCatalogue();
  const problem = definition.error ?? catalogue.error;
  const retry = () => {
    if (definition.error) void definition.refetch();
    if (catalogue.error) void catalogue.refetch();
  };
  if (problem) return <ErrorState isCompact problem={asProblem(problem)} onRetry={retry} />;
  if (!definition.data || !catalogue.data) return <Skeleton className="m-4 h-64" />;
  return (
    <Suspense fallback={<Skeleton className="m-4 h-64" />}>
      <GraphView
        label={copy.canvas}
        definition={definition.data}
        catalogue={catalogue.data}
        selected={chosen}
        onSelect={onChoose}
      />
    </Suspense>
  );
}
