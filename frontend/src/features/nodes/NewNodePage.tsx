import { useNavigate } from "react-router";
import { Page } from "@/features/screen";
import { copy } from "./copy";
import { NodeForm } from "./NodeForm";
import { starter } from "./starter";

/** Writes a new node type. */
export function NewNodePage() {
  const navigate = useNavigate();
  return (
    <Page title={copy.newTitle} description={copy.newText} isWide>
      <NodeForm
        given={{ code: starter, description: "", is_public: false }}
        onSaved={({ id }) => void navigate(`/settings/custom-nodes/${id}`, { replace: true })}
      />
    </Page>
  );
}
