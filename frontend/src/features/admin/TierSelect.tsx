import { Select, type SelectProps } from "@/ui/Select";
import { copy } from "./copy";
import type { Account } from "./queries";

type Tier = Account["tier"];
const TIERS: readonly Tier[] = ["free", "pro", "enterprise"];

/** One of the plans. */
export function TierSelect(props: Omit<SelectProps<Tier>, "options">) {
  return <Select {...props} options={TIERS.map((value) => ({ value, label: copy.tiers[value] }))} />;
}
