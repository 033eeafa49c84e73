import { useQueryClient } from "@tanstack/react-query";
import { signOut, useSession } from "@/api";
import { SignInForm } from "@/features/auth";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { copy } from "./copy";

/** Asks for the password over the untouched page when the session ended under it. */
export function SessionExpired() {
  const { status, user } = useSession();
  const queries = useQueryClient();
  return (
    <Dialog
      isOpen={status === "expired"}
      onClose={() => {}}
      title={copy.sessionEnded}
      description={copy.sessionEndedText}
      isModalOnly
    >
      <SignInForm email={user?.email} onDone={() => void queries.invalidateQueries()} />
      <Button variant="ghost" size="small" className="mt-2 w-full text-muted" onClick={() => void signOut()}>
        {copy.otherAccount}
      </Button>
    </Dialog>
  );
}
