import { lazy, Suspense } from "react";
import type { ShareDialogProps } from "./ShareDialog";

/** Comes with the first time that it is asked for. */
const ShareDialog = lazy(async () => ({ default: (await import("./ShareDialog")).ShareDialog }));

export function LoadedShareDialog(props: ShareDialogProps) {
  return (
    <Suspense>
      <ShareDialog {...props} />
    </Suspense>
  );
}
