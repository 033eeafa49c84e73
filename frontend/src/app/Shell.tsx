import { useEffect } from "react";
import { Outlet } from "react-router";
import { openNotices } from "@/api";
import { copy } from "./copy";
import { onNotice } from "./notices";
import { Rail } from "./Rail";

/** The frame of all screens: skip link, rail, main. */
export function Shell() {
  useEffect(() => openNotices(onNotice), []);
  return (
    <div className="flex h-full max-md:flex-col-reverse">
      <a
        href="#main"
        className="sr-only z-50 rounded-control bg-surface px-3 py-2 text-accent shadow-mid focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {copy.skipToContent}
      </a>
      <Rail />
      <main id="main" tabIndex={-1} className="relative min-h-0 min-w-0 flex-1 overflow-auto outline-none">
        <Outlet />
      </main>
    </div>
  );
}
