import { ArrowLeft, CircleAlert, CircleCheck } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { Facts, Loaded, Page, useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { type McpServer, tryServer, useServer } from "./queries";
import { ServerMenu } from "./ServerMenu";
import { ServerState } from "./ServerState";
import { ToolsCard } from "./ToolsCard";
import { useMayChange } from "./useMayChange";

/** One MCP server: how it is reached, whether it works, and its tools. */
export function ServerPage() {
  const { id = "" } = useParams();
  const server = useServer(id);
  return (
    <Loaded query={server} isCompact={false}>
      {(known) => <Server key={known.id} server={known} />}
    </Loaded>
  );
}

function Server({ server }: { readonly server: McpServer }) {
  const navigate = useNavigate();
  const mayChange = useMayChange(server);
  const actions = mayChange ? (
    <>
      <TestButton id={server.id} />
      <ServerMenu server={server} onRemoved={() => void navigate("/settings/mcp-servers")} />
    </>
  ) : null;
  const back = (
    <Link to="/settings/mcp-servers" className="inline-flex items-center gap-1 hover:underline">
      <ArrowLeft aria-hidden="true" size={14} strokeWidth={1.75} />
      {copy.back}
    </Link>
  );
  return (
    <Page title={server.name} description={back} actions={actions}>
      <Card>
        <Facts
          facts={[
            [copy.state, <ServerState key="state" server={server} />],
            [copy.transport, copy.transports[server.transport]],
            [copy.reached, <Reached key="reached" server={server} />],
            [copy.scope, copy.scopes[server.scope]],
            [copy.asked, <Time key="asked" at={server.tools_cached_at} never={copy.never} />],
          ]}
        />
        {server.last_error ? (
          <p className="mt-3 flex items-start gap-2 rounded-control bg-err-tint px-3 py-2">
            <CircleAlert aria-hidden="true" size={16} strokeWidth={1.75} className="mt-0.5 shrink-0 text-err" />
            <span className="min-w-0 break-words">{server.last_error}</span>
          </p>
        ) : null}
        {mayChange ? null : <p className="mt-3 text-muted">{copy.readOnly}</p>}
      </Card>
      <ToolsCard server={server} />
    </Page>
  );
}

function Reached({ server: { command, args, url } }: { readonly server: McpServer }) {
  return <code className="break-all font-mono text-meta">{command ? [command, ...args].join(" ") : url}</code>;
}

/** Opens a session and lists the tools; the answer stands beside the button, in words. */
function TestButton({ id }: { readonly id: string }) {
  const [count, setCount] = useState<number>();
  const test = useAction(tryServer, {
    refresh: ["mcp-servers"],
    isShown: true,
    onDone: ({ tools_count }) => setCount(tools_count),
  });
  const failed = test.problem ? test.problem.detail || test.problem.title : undefined;
  const shown = failed ?? (count === undefined || test.isBusy ? undefined : copy.works(count));
  const Icon = failed === undefined ? CircleCheck : CircleAlert;
  return (
    <>
      <Button variant="primary" isBusy={test.isBusy} onClick={() => test.run(id)}>
        {copy.test}
      </Button>
      <p role="status" className="order-last flex basis-full items-start gap-1.5 text-meta empty:hidden">
        {shown ? (
          <>
            <Icon aria-hidden="true" size={16} className={failed ? "shrink-0 text-err" : "shrink-0 text-ok"} />
            <span className="min-w-0 max-w-120 break-words">{shown}</span>
          </>
        ) : null}
      </p>
    </>
  );
}
