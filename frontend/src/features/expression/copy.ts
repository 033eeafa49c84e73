export const copy = {
  expand: "Open in a large editor",
  done: "Done",
  evaluating: "Evaluating…",
  undefinedValue: "undefined",
  isUndefined: "Nothing stands there.",
  missing: (wanted: string) => `No “${wanted}” here.`,
  didYouMean: (wanted: string, nearest: string) => `No “${wanted}”, did you mean “${nearest}”?`,
  atColumn: (message: string, column: number) => `${message} (column ${column})`,
  showWhole: "Show the whole value",
  input: "Input",
  noData: "The value shows here once there is data: run the workflow, or pin an output.",
};
