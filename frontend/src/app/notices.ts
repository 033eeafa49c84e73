import type { Notice } from "@/api";
import { queryClient } from "./queryClient";

/** Reads human tasks again when one was opened or closed; lists, badge and open tasks follow. */
export function onNotice(notice: Notice): void {
  if (notice.type === "new_request" || notice.type === "request_closed" || notice.type === "pending_requests") {
    void queryClient.invalidateQueries({ queryKey: ["human-tasks"] });
  }
}
