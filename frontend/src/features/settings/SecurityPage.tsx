import { Page } from "@/features/screen";
import { copy } from "./copy";
import { PasswordCard } from "./PasswordCard";
import { SecondFactorCard } from "./SecondFactorCard";

export function SecurityPage() {
  return (
    <Page title={copy.security}>
      <PasswordCard />
      <SecondFactorCard />
    </Page>
  );
}
