import { lazy, Suspense, useState } from "react";
import type { Role } from "@/domain/roles";
import { markSeen, wasSeen } from "./seen";

const TourCard = lazy(async () => ({ default: (await import("./TourCard")).TourCard }));

/** A look around, the first time somebody sees a canvas; once skipped or done it never comes again. */
export function Tour({ role }: { readonly role: Role }) {
  const [isOpen, setIsOpen] = useState(() => !wasSeen());
  if (!isOpen) return null;
  const close = () => {
    markSeen();
    setIsOpen(false);
  };
  return (
    <Suspense>
      <TourCard role={role} onClose={close} />
    </Suspense>
  );
}
