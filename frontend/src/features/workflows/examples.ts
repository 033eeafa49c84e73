/** Workflows to start from; each is loaded when it is chosen. */
export const examples = [
  { title: "Welcome", load: async () => (await import("../../../../examples/welcome.json")).default },
  {
    title: "Contacts clean-up",
    load: async () => (await import("../../../../examples/contacts_clean_up.json")).default,
  },
  { title: "Page watch", load: async () => (await import("../../../../examples/page_watch.json")).default },
];
