import { Activity, Ban, MailWarning, MessageSquareWarning, Users } from "lucide-react";
import { Link } from "react-router";
import { useSession } from "@/api";
import { type Section, SectionLayout } from "@/features/screen";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { copy } from "./copy";

const SECTIONS: readonly Section[] = [
  { path: "health", label: copy.health, icon: Activity },
  { path: "dead-letters", label: copy.deadLetters, icon: MailWarning },
  { path: "blocked", label: copy.blocked, icon: Ban },
  { path: "users", label: copy.users, icon: Users },
  { path: "prompt-rules", label: copy.prompts, icon: MessageSquareWarning },
];

/** Pages for administrators; others are told so. The server decides either way. */
export function AdminScreen() {
  const { user } = useSession();
  if (user && !user.is_staff)
    return (
      <div>
        <title>{`${copy.title} · Heddle`}</title>
        <h1 className="sr-only">{copy.title}</h1>
        <EmptyState
          icon={<Ban size={24} />}
          title={copy.onlyStaff}
          action={
            <Button asChild variant="primary">
              <Link to="/">{copy.toStart}</Link>
            </Button>
          }
        >
          {copy.onlyStaffText}
        </EmptyState>
      </div>
    );
  return <SectionLayout title={copy.title} sections={SECTIONS} />;
}
