import { Play, RefreshCw } from "lucide-react";
import { useState } from "react";
import { Loaded, useAction } from "@/features/screen";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { IconButton } from "@/ui/IconButton";
import { JsonTree } from "@/ui/JsonTree";
import { CallDialog } from "./CallDialog";
import { copy } from "./copy";
import { listAgain, type McpServer, type McpTool, useTools } from "./queries";

/** What a server can do, as it says itself; each tool can be called by hand. */
export function ToolsCard({ server }: { readonly server: McpServer }) {
  const tools = useTools(server.id, server.enabled);
  const [called, setCalled] = useState<McpTool>();
  const again = useAction(listAgain, { refresh: ["mcp-servers"] });
  const refresh = (
    <IconButton
      label={copy.refresh}
      icon={<RefreshCw size={16} />}
      disabled={!server.enabled || again.isBusy}
      onClick={() => again.run(server.id)}
    />
  );
  return (
    <Card title={copy.tools} actions={refresh}>
      {server.enabled ? (
        <Loaded query={tools}>
          {({ results, omitted }) => (
            <>
              {results.length === 0 ? <p className="text-muted">{copy.toolsEmpty}</p> : null}
              <ul className="-my-3 flex flex-col divide-y">
                {results.map((tool) => (
                  <Tool key={tool.name} tool={tool} onCall={() => setCalled(tool)} />
                ))}
              </ul>
              {omitted > 0 ? <p className="mt-4 text-muted">{copy.omitted(omitted)}</p> : null}
            </>
          )}
        </Loaded>
      ) : (
        <p className="text-muted">{copy.off}</p>
      )}
      {called ? <CallDialog tool={called} onClose={() => setCalled(undefined)} /> : null}
    </Card>
  );
}

function Tool({ tool, onCall }: { readonly tool: McpTool; readonly onCall: () => void }) {
  const { name, description, annotations, input_schema, left_out } = tool;
  return (
    <li className="flex items-start gap-3 py-3">
      <div className="flex min-w-0 flex-1 flex-col gap-1">
        <p className="flex flex-wrap items-center gap-2">
          <code className="break-all font-medium font-mono">{name}</code>
          {annotations.readOnlyHint === true ? <Badge>{copy.readsOnly}</Badge> : null}
          {annotations.destructiveHint === true ? <Badge tone="warn">{copy.destroys}</Badge> : null}
        </p>
        {description ? <p className="whitespace-pre-line break-words text-muted">{description}</p> : null}
        {left_out.length > 0 ? <p className="text-meta text-warn">{copy.cut(left_out)}</p> : null}
        <details>
          <summary className="w-fit cursor-pointer text-meta text-muted hover:underline">{copy.showSchema}</summary>
          <JsonTree label={copy.schema} value={input_schema} className="mt-1 max-h-80" />
        </details>
      </div>
      <Button icon={<Play size={16} />} aria-label={copy.callOf(name)} onClick={onCall}>
        {copy.call}
      </Button>
    </li>
  );
}
