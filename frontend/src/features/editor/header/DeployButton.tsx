import { Check, Rocket } from "lucide-react";
import { useEffect, useRef } from "react";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { copy } from "../copy";
import type { useDeploy, Workflow } from "../queries";

const ICON = { size: 16, strokeWidth: 1.75, "aria-hidden": true } as const;

interface DeployButtonProps {
  readonly workflow: Workflow;
  readonly deploy: ReturnType<typeof useDeploy>;
  readonly isDeployed: boolean;
  readonly errors: number;
}

/** Makes triggers listen with the workflow as it is; says whether what is deployed is what is shown. */
export function DeployButton({ workflow, deploy, isDeployed, errors }: DeployButtonProps) {
  const box = useRef<HTMLSpanElement>(null);
  const isAsked = useRef(false);
  const { isPending } = deploy;
  useEffect(() => {
    if (!isAsked.current || isPending) return;
    isAsked.current = false;
    // The button is gone, or was disabled meanwhile: the focus goes to what stands there now, if it is nowhere else.
    if (document.activeElement === document.body) (box.current?.querySelector("button") ?? box.current)?.focus();
  }, [isPending]);
  const start = () => {
    isAsked.current = true;
    deploy.mutate("deploy");
  };
  return (
    <span ref={box} tabIndex={-1} className="flex shrink-0 items-center rounded-control">
      {isDeployed ? (
        <Badge tone="ok" icon={<Check {...ICON} size={14} />}>
          <span
            title={workflow.deployed_version === null ? undefined : copy.deployedVersion(workflow.deployed_version)}
          >
            {copy.deployed}
          </span>
        </Badge>
      ) : (
        <Button
          icon={<Rocket {...ICON} />}
          isBusy={isPending}
          disabled={errors > 0}
          title={errors > 0 ? copy.deployBlocked(errors) : undefined}
          onClick={start}
        >
          {workflow.status === "active" ? copy.deployAgain : copy.deploy}
        </Button>
      )}
    </span>
  );
}
