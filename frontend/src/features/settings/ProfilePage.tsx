import { useState } from "react";
import { type User, useSession } from "@/api";
import { Facts, Page, usePlans } from "@/features/screen";
import { Card } from "@/ui/Card";
import { Combobox } from "@/ui/Combobox";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Time } from "@/ui/Time";
import { timezones } from "@/ui/timezones";
import { copy } from "./copy";
import { ProfileForm } from "./ProfileForm";

export function ProfilePage() {
  const { user } = useSession();
  return (
    <Page title={copy.profile} description={copy.profileText}>
      {user ? <Profile key={user.id} user={user} /> : null}
    </Page>
  );
}

function Profile({ user }: { readonly user: User }) {
  const [name, setName] = useState(user.name);
  const [timezone, setTimezone] = useState(user.timezone);
  const hasPlans = usePlans();
  return (
    <>
      <ProfileForm fields={["name", "timezone"]} onSave={() => ({ name: name.trim(), timezone })}>
        {(messageOf) => (
          <>
            <Field label={copy.email} help={copy.emailHelp}>
              <Input value={user.email} readOnly />
            </Field>
            <Field label={copy.name} error={messageOf("name")}>
              <Input
                value={name}
                maxLength={150}
                autoComplete="name"
                onChange={(event) => setName(event.target.value)}
              />
            </Field>
            <Field label={copy.timezone} error={messageOf("timezone")}>
              <Combobox value={timezone} options={timezones(user.timezone)} onChange={setTimezone} />
            </Field>
          </>
        )}
      </ProfileForm>
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
