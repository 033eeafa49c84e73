import { useState } from "react";
import { type User, updateUser, useSession } from "@/api";
import { Facts, FormProblem, Page, useAction, usePlans } from "@/features/screen";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Combobox } from "@/ui/Combobox";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { saveProfile } from "./queries";

export function ProfilePage() {
  const { user } = useSession();
  return (
    <Page title={copy.profile} description={copy.profileText}>
      {user ? <Profile key={user.id} user={user} /> : null}
    </Page>
  );
}

function timezones(own: string): { value: string; label: string }[] {
  const known = Intl.supportedValuesOf("timeZone");
  const all = ["UTC", ...known.filter((zone) => zone !== "UTC")];
  return (all.includes(own) ? all : [own, ...all]).map((zone) => ({ value: zone, label: zone.replaceAll("_", " ") }));
}

function Profile({ user }: { readonly user: User }) {
  const [name, setName] = useState(user.name);
  const [timezone, setTimezone] = useState(user.timezone);
  const hasPlans = usePlans();
  const save = useAction(saveProfile, { refresh: [], isShown: true, done: copy.saved, onDone: updateUser });
  return (
    <>
      <Card>
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            save.run({ name: name.trim(), timezone });
          }}
        >
          <Field label={copy.email} help={copy.emailHelp}>
            <Input value={user.email} readOnly />
          </Field>
          <Field label={copy.name} error={save.problem?.messageOf("name")}>
            <Input value={name} maxLength={150} autoComplete="name" onChange={(event) => setName(event.target.value)} />
          </Field>
          <Field label={copy.timezone} error={save.problem?.messageOf("timezone")}>
            <Combobox value={timezone} options={timezones(user.timezone)} onChange={setTimezone} />
          </Field>
          <FormProblem problem={save.problem} fields={["name", "timezone"]} />
          <Button type="submit" variant="primary" className="self-start" isBusy={save.isBusy}>
            {copy.save}
          </Button>
        </form>
      </Card>
      <Card>
        <Facts
          facts={[
            ...(hasPlans
              ? [
                  [
                    copy.tier,
                    <span key="tier" className="capitalize">
                      {user.tier}
                    </span>,
                  ] as const,
                ]
              : []),
            ...(user.is_staff ? [[copy.staff, copy.yes] as const] : []),
            [copy.since, <Time key="since" at={user.created_at} />],
          ]}
        />
      </Card>
    </>
  );
}
