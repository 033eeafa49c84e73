import { ArrowLeft } from "lucide-react";
import { Link } from "react-router";
import { PageHeader } from "@/ui/PageHeader";
import { AccessLog } from "./AccessLog";
import { copy } from "./copy";

/** What was done with all credentials, those that are deleted too. */
export function AccessScreen() {
  return (
    <div>
      <title>{`${copy.accessLog} · ${copy.product}`}</title>
      <Link
        to="/credentials"
        className="mx-6 mt-4 inline-flex items-center gap-1 text-meta text-muted hover:underline max-md:mx-4"
      >
        <ArrowLeft aria-hidden="true" size={14} />
        {copy.back}
      </Link>
      <PageHeader title={copy.accessLog} />
      <AccessLog />
    </div>
  );
}
