/** What all controls that hold text look like. */
export const controlClass =
  "w-full min-w-0 rounded-control border border-control/60 bg-surface text-text text-ui transition-colors hover:border-control " +
  "focus-visible:border-accent focus-visible:outline-1 focus-visible:outline-offset-0 " +
  "disabled:cursor-not-allowed disabled:bg-raised disabled:text-muted [&:is(input,textarea):read-only]:bg-raised " +
  "aria-invalid:border-err aria-invalid:focus-visible:outline-err";
