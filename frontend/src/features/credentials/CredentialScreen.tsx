import { ArrowLeft } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { Loaded, useFilters } from "@/features/screen";
import { Button } from "@/ui/Button";
import { PageHeader } from "@/ui/PageHeader";
import { Tabs } from "@/ui/Tabs";
import { AccessLog } from "./AccessLog";
import { CredentialDetails } from "./CredentialDetails";
import { copy } from "./copy";
import { DeleteDialog } from "./DeleteDialog";
import { type Credential, useCredential, useTypes } from "./queries";
import { Sharing } from "./Sharing";
import { TestButton } from "./TestButton";
import { Usage } from "./Usage";

/** One login: its fields, who may use it, where it is used, what was done with it. */
export function CredentialScreen() {
  const { id = "" } = useParams();
  const query = useCredential(id);
  return (
    <div>
      <title>{`${query.data?.name ?? copy.title} · ${copy.product}`}</title>
      <Link
        to="/credentials"
        className="mx-6 mt-4 inline-flex items-center gap-1 text-meta text-muted hover:underline max-md:mx-4"
      >
        <ArrowLeft aria-hidden="true" size={14} />
        {copy.back}
      </Link>
      <Loaded query={query} isCompact={false}>
        {(credential) => <Opened credential={credential} />}
      </Loaded>
    </div>
  );
}

function Opened({ credential }: { readonly credential: Credential }) {
  const { id, name, my_role } = credential;
  const filters = useFilters(["view"]);
  const navigate = useNavigate();
  const types = useTypes();
  const [isAsking, setIsAsking] = useState(false);
  const isOwn = my_role === "owner";
  const type = types.data?.find((one) => one.slug === credential.type);
  const pane = "max-w-200 px-6 py-5 max-md:px-4";
  const tabs = [
    { value: "details", label: copy.details, content: <CredentialDetails credential={credential} type={type} /> },
    { value: "sharing", label: copy.sharing, content: <Sharing id={id} /> },
    { value: "usage", label: copy.usedBy, content: <Usage id={id} /> },
    { value: "log", label: copy.accessLog, content: <AccessLog credential={id} /> },
  ].map((tab) => ({ ...tab, content: <div className={tab.value === "log" ? "pt-3" : pane}>{tab.content}</div> }));
  const chosen = tabs.find((tab) => tab.value === filters.get("view"))?.value ?? "details";
  return (
    <>
      <PageHeader
        title={name}
        description={type?.label ?? credential.type}
        actions={
          isOwn ? (
            <>
              <Button onClick={() => setIsAsking(true)}>{copy.remove}</Button>
              <TestButton id={id} />
            </>
          ) : null
        }
      />
      {isOwn ? (
        <Tabs
          label={copy.view}
          value={chosen}
          tabs={tabs}
          onChange={(view) => filters.set("view", view === "details" ? "" : view)}
        />
      ) : (
        <div className={pane}>
          <p className="mb-5 rounded-control bg-raised px-3 py-2">{copy.lentText}</p>
          <CredentialDetails credential={credential} type={type} />
        </div>
      )}
      {isAsking ? (
        <DeleteDialog
          credential={credential}
          onDeleted={() => void navigate("/credentials", { replace: true })}
          onClose={() => setIsAsking(false)}
        />
      ) : null}
    </>
  );
}
