/** Workflows to start from; each is loaded when it is chosen. */
export const examples = [
  {
    title: "Welcome",
    text: "Three orders, two ways to ship them, one sum per way. Runs at once, without a network.",
    load: async () => (await import("../../../../examples/welcome.json")).default,
  },
  {
    title: "Contacts clean-up",
    text: "Cleans a list of contacts, drops duplicates, sorts them into lists and writes CSV.",
    load: async () => (await import("../../../../examples/contacts_clean_up.json")).default,
  },
  {
    title: "Page watch",
    text: "Fetches a page, reads its prices and keeps those under a limit.",
    load: async () => (await import("../../../../examples/page_watch.json")).default,
  },
];
