import { useSearchParams } from "react-router";

export interface Filters {
  readonly page: number;
  /** Whether anything but the page is set. */
  readonly isFiltered: boolean;
  readonly get: (name: string) => string;
  /** Sets one value, "" takes it away; all but the page begins at page one again. */
  readonly set: (name: string, value: string) => void;
  /** Sets several at once: two calls of `set` after another would lose the first. */
  readonly setAll: (values: Readonly<Record<string, string>>) => void;
  readonly setPage: (page: number) => void;
  readonly clear: () => void;
}

/** Filters that stand in the address. */
export function useFilters(names: readonly string[]): Filters {
  const [params, setParams] = useSearchParams();
  const setAll = (values: Readonly<Record<string, string>>) =>
    setParams(
      (old) => {
        const next = new URLSearchParams(old);
        next.delete("page");
        for (const [name, value] of Object.entries(values)) {
          if (value) next.set(name, value);
          else next.delete(name);
        }
        return next;
      },
      { replace: true },
    );
  return {
    page: Math.max(1, Math.floor(Number(params.get("page"))) || 1),
    isFiltered: names.some((name) => params.get(name)),
    get: (name) => params.get(name) ?? "",
    set: (name, value) => setAll({ [name]: value }),
    setAll,
    setPage: (page) => setAll({ page: page > 1 ? String(page) : "" }),
    clear: () => setParams({}, { replace: true }),
  };
}
