import { Loaded, Page } from "@/features/screen";
import { Card } from "@/ui/Card";
import { copy } from "./copy";
import { PromptRulesForm } from "./PromptRulesForm";
import { usePromptRules } from "./queries";

/** What is not let through to language models. */
export function PromptRulesPage() {
  const rules = usePromptRules();
  return (
    <Page title={copy.prompts} description={copy.promptsText}>
      <Card>
        <Loaded query={rules}>{(given) => <PromptRulesForm key={JSON.stringify(given)} given={given} />}</Loaded>
      </Card>
    </Page>
  );
}
