import type { components } from "@/api";
import { formatMoney } from "@/domain/format";
import { copy } from "./copy";

/** Returns what a run may cost, in words. */
export function estimateText(made: components["schemas"]["EstimateOutput"]): string {
  const text = copy.estimate;
  if (made.calls === 0) return text.nothing;
  if (made.low_usd === null || made.high_usd === null) return text.unknown(made.calls);
  const [low, high] = [formatMoney(made.low_usd), formatMoney(made.high_usd)];
  return text.told(low === high ? low : `${low} – ${high}`, made.calls, made.basis);
}
