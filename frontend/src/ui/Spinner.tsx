import { LoaderCircle } from "lucide-react";

/** Something is being worked on; words beside it say what. */
export function Spinner({ size = 16 }: { readonly size?: number }) {
  return <LoaderCircle aria-hidden="true" size={size} strokeWidth={1.75} className="animate-spin" />;
}
