import { Check, Rocket } from "lucide-react";
import { isDirty, useDocument } from "@/features/document";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { copy } from "../copy";
import { useDeploy, type Workflow } from "../queries";

const ICON = { size: 16, strokeWidth: 1.75, "aria-hidden": true } as const;

/** Makes triggers listen with the workflow as it is; says whether what is deployed is what is shown. */
export function DeployButton({ workflow, errors }: { readonly workflow: Workflow; readonly errors: number }) {
  const deploy = useDeploy(workflow.id);
  const isChanged = useDocument((state) => isDirty(state)) || workflow.has_undeployed_changes;
  const isActive = workflow.status === "active";
  if (isActive && !isChanged) {
    return (
      <Badge tone="ok" icon={<Check {...ICON} size={14} />}>
        <span title={workflow.deployed_version === null ? undefined : copy.deployedVersion(workflow.deployed_version)}>
          {copy.deployed}
        </span>
      </Badge>
    );
  }
  return (
    <Button
      icon={<Rocket {...ICON} />}
      isBusy={deploy.isPending}
      disabled={errors > 0}
      title={errors > 0 ? copy.runBlocked(errors) : undefined}
      onClick={() => deploy.mutate("deploy")}
    >
      {isActive ? copy.deployAgain : copy.deploy}
    </Button>
  );
}
