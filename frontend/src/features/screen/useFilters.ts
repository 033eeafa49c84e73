import { useSearchParams } from "react-router";

export interface Filters {
  readonly page: number;
  /** Whether anything but the page is set. */
  readonly isFiltered: boolean;
  readonly get: (name: string) => string;
  /** Sets one value, "" takes it away; all but the page begins at page one again. */
  readonly set: (name: string, value: string) => void;
  readonly setPage: (page: number) => void;
  readonly clear: () => void;
}

/** Filters that stand in the address. */
export function useFilters(names: readonly string[]): Filters {
  const [params, setParams] = useSearchParams();
  const set = (name: string, value: string) =>
    setParams(
      (old) => {
        const next = new URLSearchParams(old);
        if (name !== "page") next.delete("page");
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );
  return {
    page: Math.max(1, Math.floor(Number(params.get("page"))) || 1),
    isFiltered: names.some((name) => params.get(name)),
    get: (name) => params.get(name) ?? "",
    set,
    setPage: (page) => set("page", page > 1 ? String(page) : ""),
    clear: () => setParams({}, { replace: true }),
  };
}
