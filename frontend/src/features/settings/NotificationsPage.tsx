import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Loaded, Page, useAction } from "@/features/screen";
import { Card } from "@/ui/Card";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Switch } from "@/ui/Switch";
import { copy } from "./copy";
import { type Notifications, saveNotifications, useNotifications } from "./queries";

const SWITCHES = [
  ["hitl_email", copy.taskEmail],
  ["hitl_push", copy.taskPush],
  ["run_failed_email", copy.runEmail],
] as const;

/** What a person is told; each change is saved at once. */
export function NotificationsPage() {
  const query = useNotifications();
  return (
    <Page title={copy.notifications} description={copy.notificationsText}>
      <Card>
        <Loaded query={query}>{(given) => <Choices given={given} />}</Loaded>
      </Card>
    </Page>
  );
}

function Choices({ given }: { readonly given: Notifications }) {
  const client = useQueryClient();
  const [away, setAway] = useState(String(given.away_after_s));
  const save = useAction(
    (change: Partial<Notifications>) => {
      // Shown at once; what the server then has is asked for in any case.
      client.setQueryData(["notifications"], { ...given, ...change });
      return saveNotifications(change);
    },
    { refresh: ["notifications"] },
  );
  const saveAway = () => {
    const seconds = Number(away);
    if (away !== "" && seconds !== given.away_after_s) save.run({ away_after_s: seconds });
  };
  return (
    <div className="flex flex-col gap-4">
      {SWITCHES.map(([name, label]) => (
        <Switch key={name} label={label} checked={given[name]} onChange={(isOn) => save.run({ [name]: isOn })} />
      ))}
      <Field
        label={`${copy.away} (${copy.awayUnit})`}
        help={copy.awayHelp}
        error={save.problem?.messageOf("away_after_s")}
      >
        <Input
          type="number"
          min={0}
          max={86_400}
          className="max-w-32"
          value={away}
          onChange={(event) => setAway(event.target.value)}
          onBlur={saveAway}
        />
      </Field>
    </div>
  );
}
