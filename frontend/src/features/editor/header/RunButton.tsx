import {
  ChevronDown,
  CircleDollarSign,
  CornerDownRight,
  Eraser,
  ExternalLink,
  Play,
  Square,
  Target,
  TestTube,
} from "lucide-react";
import { useNavigate } from "react-router";
import { useStore } from "zustand";
import { useLostAt } from "@/api";
import { includes } from "@/domain/roles";
import { useLiveRun } from "@/features/liveRun";
import { sharingCopy } from "@/features/sharing";
import { Button } from "@/ui/Button";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem, MenuSeparator } from "@/ui/Menu";
import { StatusBadge } from "@/ui/StatusBadge";
import { Tooltip } from "@/ui/Tooltip";
import { copy } from "../copy";
import { useEditorContext } from "../editorContext";
import { editorStore, useEditor } from "../editorStore";
import { useEstimate } from "../queries";

const ICON = { size: 16, strokeWidth: 1.75, "aria-hidden": true } as const;

/** Runs the workflow or a part of it, says how far it is, and stops it. */
export function RunButton({ errors }: { readonly errors: number }) {
  const { runner, workflowId, role } = useEditorContext();
  const navigate = useNavigate();
  const estimate = useEstimate(workflowId);
  const isStarting = useStore(runner.state, (state) => state.isStarting);
  const executionId = useStore(runner.state, (state) => state.executionId);
  const status = useLiveRun((live) => live.run.status);
  const isFinal = useLiveRun((live) => live.run.isFinal);
  const progress = useLiveRun((live) => live.run.progress);
  const node = useEditor((state) => (state.selection.nodes.size === 1 ? [...state.selection.nodes][0] : undefined));
  const isAway = useLostAt() !== null;
  const isRunning = executionId !== null && !isFinal;
  const mayRun = includes(role, "runner");
  const reason = !mayRun
    ? sharingCopy.why(role, "runner")
    : errors > 0
      ? copy.runBlocked(errors)
      : isAway
        ? copy.runAway
        : null;
  const part = (scope: "only" | "to" | "from") => () => node !== undefined && runner.startPart(node, scope);
  const run = () => {
    if (!mayRun) return;
    if (errors > 0) editorStore.setState({ isProblemsOpen: true });
    else if (!isAway) runner.start();
  };
  const button = (
    <Button
      variant="primary"
      icon={<Play {...ICON} />}
      isBusy={isStarting}
      aria-disabled={reason !== null || undefined}
      onClick={run}
      className="rounded-r-none"
    >
      {copy.run}
    </Button>
  );
  return (
    <div className="flex shrink-0 items-center gap-2">
      {status ? (
        <button
          type="button"
          className="flex items-center gap-2 rounded-control max-lg:hidden" // the run panel, which opens by itself, says it too
          onClick={() => editorStore.setState({ isRunPanelOpen: true })}
        >
          <StatusBadge status={status} />
          {isRunning ? (
            <span className="text-meta text-muted tabular-nums">{copy.progress(progress.done, progress.total)}</span>
          ) : null}
        </button>
      ) : null}
      <div className="flex" data-tour="run">
        {isRunning && mayRun ? (
          <Button icon={<Square {...ICON} />} onClick={runner.stop} className="rounded-r-none">
            {copy.stop}
          </Button>
        ) : reason ? (
          <Tooltip content={reason} side="bottom">
            {button}
          </Tooltip>
        ) : (
          button
        )}
        <Menu
          align="end"
          trigger={
            <IconButton
              label={copy.runMore}
              icon={<ChevronDown {...ICON} />}
              className="w-7 rounded-l-none border border-control/60 border-l-0"
            />
          }
        >
          <MenuItem
            icon={<Target {...ICON} />}
            keys="mod+shift+enter"
            disabled={node === undefined}
            refusal={mayRun ? undefined : sharingCopy.why(role, "runner")}
            onSelect={part("to")}
          >
            {copy.runTo}
          </MenuItem>
          <MenuItem
            icon={<CornerDownRight {...ICON} />}
            keys="shift+r"
            disabled={node === undefined}
            refusal={mayRun ? undefined : sharingCopy.why(role, "runner")}
            onSelect={part("from")}
          >
            {copy.runFrom}
          </MenuItem>
          <MenuItem
            icon={<TestTube {...ICON} />}
            keys="r"
            disabled={node === undefined}
            refusal={mayRun ? undefined : sharingCopy.why(role, "runner")}
            onSelect={part("only")}
          >
            {copy.runOnly}
          </MenuItem>
          <MenuSeparator />
          <MenuItem icon={<CircleDollarSign {...ICON} />} onSelect={() => estimate.mutate()}>
            {copy.estimateRun}
          </MenuItem>
          <MenuItem
            icon={<ExternalLink {...ICON} />}
            disabled={executionId === null}
            onSelect={() => void navigate(`/workflows/${workflowId}/runs/${executionId ?? ""}`)}
          >
            {copy.openRun}
          </MenuItem>
          <MenuItem icon={<Eraser {...ICON} />} disabled={executionId === null} onSelect={runner.clear}>
            {copy.clearRun}
          </MenuItem>
        </Menu>
      </div>
    </div>
  );
}
