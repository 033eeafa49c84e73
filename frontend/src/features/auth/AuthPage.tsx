import type { ReactNode } from "react";
import { Logo } from "@/ui/Logo";
import { copy } from "./copy";

/** The frame of all screens for people who are not signed in. */
export function AuthPage({
  title,
  children,
  below,
}: {
  readonly title: string;
  readonly children: ReactNode;
  readonly below?: ReactNode;
}) {
  return (
    <main className="flex min-h-full flex-col items-center justify-center bg-bg px-4 py-12">
      <title>{`${title} · ${copy.product}`}</title>
      <div className="flex w-full max-w-90 flex-col gap-6">
        <div className="flex flex-col items-center gap-4">
          <Logo size={40} />
          <h1 className="text-center font-semibold text-page">{title}</h1>
        </div>
        <div className="flex flex-col gap-4 rounded-dialog border bg-surface p-6 shadow-low max-md:p-5">{children}</div>
        {below ? <p className="text-center text-muted">{below}</p> : null}
      </div>
    </main>
  );
}
