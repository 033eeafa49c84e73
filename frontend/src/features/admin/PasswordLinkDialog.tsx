import { useAction } from "@/features/screen";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { copy } from "./copy";
import { type Account, makePasswordLink } from "./queries";

interface PasswordLinkDialogProps {
  readonly account: Account;
  readonly onLink: (link: string) => void;
  readonly onClose: () => void;
}

/** Makes a link by which somebody sets a new password, once. */
export function PasswordLinkDialog({ account, onLink, onClose }: PasswordLinkDialogProps) {
  const make = useAction(makePasswordLink, {
    refresh: [],
    onDone: ({ link }) => {
      onClose();
      onLink(link);
    },
  });
  return (
    <ConfirmDialog
      isOpen
      isDangerous={false}
      title={copy.passwordLinkTitle(account.email)}
      consequence={copy.passwordLinkText}
      confirmLabel={copy.passwordLink}
      isBusy={make.isBusy}
      onConfirm={() => make.run(account.id)}
      onClose={onClose}
    />
  );
}
