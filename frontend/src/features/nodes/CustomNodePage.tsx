import { ArrowLeft } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { useSession } from "@/api";
import { Loaded, Page, useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { CodeEditor } from "@/ui/CodeEditor";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { copy } from "./copy";
import { NodeForm } from "./NodeForm";
import { NodeState } from "./NodeState";
import { type CustomNode, deleteNode, submitNode, useCustomNode } from "./queries";
import { ReviewPanel } from "./ReviewPanel";
import { TestReport } from "./TestReport";

/** One custom node: its code, its tests, its way to approval. */
export function CustomNodePage() {
  const { id = "" } = useParams();
  const query = useCustomNode(id);
  const { user } = useSession();
  const [search] = useSearchParams();
  const isReview = user?.is_staff === true && search.get("review") !== null;
  return (
    <div className="flex flex-col gap-2">
      <Link
        to={`/settings/custom-nodes${isReview ? "?all=1" : ""}`}
        className="inline-flex items-center gap-1 text-meta text-muted hover:underline"
      >
        <ArrowLeft aria-hidden="true" size={14} />
        {copy.back}
      </Link>
      <Loaded query={query}>{(node) => (isReview ? <Reviewed node={node} /> : <Own node={node} />)}</Loaded>
    </div>
  );
}

function Head({ node }: { readonly node: CustomNode }) {
  return (
    <span className="flex flex-wrap items-center gap-2">
      <span className="font-mono">{node.node_type}</span>
      <span>
        {copy.version} {node.version}
      </span>
      <NodeState node={node} />
    </span>
  );
}

function Reviewed({ node }: { readonly node: CustomNode }) {
  return (
    <Page title={node.name} description={<Head node={node} />} isWide>
      <ReviewPanel node={node} />
      <CodeEditor label={copy.code} language="python" value={node.code} isReadOnly className="min-h-80" />
      <TestReport lines={node.test_report} />
    </Page>
  );
}

function Own({ node }: { readonly node: CustomNode }) {
  const { id, name, status, code, description, is_public, is_validated, reject_reason, test_report } = node;
  const navigate = useNavigate();
  const [isAsking, setIsAsking] = useState(false);
  const submit = useAction(submitNode, { refresh: ["custom-nodes"], done: copy.submitted });
  const remove = useAction(deleteNode, {
    refresh: ["custom-nodes", "nodes"],
    done: copy.removed(name),
    onDone: () => void navigate("/settings/custom-nodes", { replace: true }),
  });
  const found = test_report.flatMap(({ passed, line, message }) =>
    passed || line === null ? [] : [{ line, column: 0, message }],
  );
  const canSubmit = is_validated && (status === "draft" || status === "rejected");
  return (
    <Page
      title={name}
      description={<Head node={node} />}
      isWide
      actions={
        <>
          <Button onClick={() => setIsAsking(true)}>{copy.remove}</Button>
          {canSubmit ? (
            <Button variant="primary" isBusy={submit.isBusy} title={copy.submitText} onClick={() => submit.run(id)}>
              {copy.submit}
            </Button>
          ) : null}
        </>
      }
    >
      {status === "rejected" && reject_reason ? (
        <p role="alert" className="rounded-control bg-err-tint px-3 py-2">
          <b className="font-medium">{copy.rejected}: </b>
          <span className="whitespace-pre-wrap break-words">{reject_reason}</span>
        </p>
      ) : null}
      <NodeForm key={node.updated_at} id={id} given={{ code, description, is_public }} found={found} />
      <TestReport lines={test_report} />
      <ConfirmDialog
        isOpen={isAsking}
        title={copy.removeTitle(name)}
        consequence={copy.removeText}
        confirmLabel={copy.remove}
        isBusy={remove.isBusy}
        onConfirm={() => remove.run(id)}
        onClose={() => setIsAsking(false)}
      />
    </Page>
  );
}
